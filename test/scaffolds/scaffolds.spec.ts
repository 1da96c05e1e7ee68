/** Every block of the documentation, pasted as it stands into the projects that Nest's own CLI makes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { RabbitMQServer } from '../../tools/rabbitmq-server.js';
import { freePort, RedisServer } from '../../tools/redis-server.js';
import { Management } from '../rabbitmq/rabbitmq-driver.js';
import { TestDatabase } from '../support/postgres.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { Scaffold } from './scaffold.js';

interface LintResult {
  readonly filePath: string;
  readonly messages: readonly { readonly ruleId: string; readonly message: string; readonly line: number }[];
}

describe.each([
  { nest: 11, modules: 'CommonJS', runner: 'Jest', linter: 'ESLint' },
  { nest: 12, modules: 'ES modules', runner: 'Vitest', linter: 'oxlint' },
])('in a project of the CLI of Nest $nest ($modules, $runner, $linter) the code of the docs', ({ nest, linter }) => {
  const scaffold = new Scaffold(nest);
  let pasted: readonly string[] = [];

  beforeAll(() => scaffold.make());
  afterAll(() => TestDatabase.closeAll());

  it('counts the job that it adds, with nothing installed but by the line for BullMQ', async () => {
    await scaffold.install('bullmq');
    await scaffold.pasteReadme();
    await scaffold.npm('run', 'build');

    const redis = await RedisServer.start();
    const port = await freePort();
    const app = start('dist/main', { PORT: `${port}`, REDIS_URL: redis.url });
    app.stdout.resume();
    try {
      await untilAnswered(`http://127.0.0.1:${port}/`);
      const exchanges = await scaffold.session(port, { REDIS_URL: redis.url });
      expect(exchanges.map(({ answer }) => answer)).toEqual(exchanges.map(({ promised }) => promised));
      expect(exchanges.at(-1)?.answer).toBe('[{"name":"worker","quantity":1,"value":1}]');
    } finally {
      await end(app);
      await redis.stop();
    }
  });

  it('is pasted where the line for Bull has added Bull, and those of the recipes their libraries', async () => {
    await scaffold.install('bull');
    await scaffold.installRecipes();
    pasted = await scaffold.paste();
    expect(pasted).toEqual(
      expect.arrayContaining([
        'src/app.module.ts',
        'src/docs-heroku/worker.ts',
        'src/docs-testing/worker.proc.spec.ts',
      ]),
    );
    expect(scaffold.recipes().map(({ project }) => project.label)).toEqual([
      process.version.startsWith('v20.') ? 'pg-boss 10 and 11' : 'pg-boss 12',
      'amqp-connection-manager',
      'amqplib',
      ...(nest === 11 ? ['golevelup'] : []),
      'Nest transport',
    ]);
  });

  it('builds', async () => {
    await scaffold.npm('run', 'build');
  });

  if (linter === 'ESLint') {
    it('passes the linter without a fix, and without a warning', async () => {
      const results = (JSON.parse(await scaffold.eslint()) as readonly LintResult[]).filter(({ filePath }) =>
        pasted.some((path) => filePath.endsWith(`/${path}`)),
      );
      expect(results).toHaveLength(pasted.length);
      const complaints = results.flatMap(({ filePath, messages }) =>
        messages.map(({ ruleId, message, line }) => `${filePath}:${line} ${ruleId}: ${message}`),
      );
      expect(complaints).toEqual([]);
    });
  } else {
    it('passes the linter', async () => {
      await scaffold.npm('run', 'lint');
    });
  }

  it('passes its unit tests and those of the project', async () => {
    expect(await scaffold.npm('test')).toContain('worker.proc.spec.ts');
  });

  it('counts the job that each recipe adds, and does it', async () => {
    const rabbitmq = await RabbitMQServer.start();
    const line = await TcpProxy.reserve(rabbitmq.port);
    try {
      const { url } = await TestDatabase.create();
      const env = { DATABASE_URL: url, CLOUDAMQP_URL: `amqp://guest:guest@127.0.0.1:${line.port}` };
      await line.start();
      const management = new Management(rabbitmq.managementUrl);
      for (const recipe of scaffold.recipes()) {
        await follow(recipe, env, recipe.page.path.includes('rabbitmq') ? { line, management } : undefined);
      }
    } finally {
      await line.stop();
      await rabbitmq.stop();
    }
  });

  it('type-checks where pnpm has installed the packages', async () => {
    await scaffold.typecheckWithPnpm();
  });

  type Recipe = ReturnType<typeof scaffold.recipes>[number];

  /**
   * Does what a page says: starts the app, enters the commands of "Check it", and starts the worker.
   *
   * @param broker - its line breaks meanwhile; the page says that both processes come back
   */
  async function follow(
    { page, project: { folder } }: Recipe,
    env: Readonly<Record<string, string>>,
    broker?: { readonly line: TcpProxy; readonly management: Management },
  ): Promise<void> {
    const port = await freePort();
    const web = start(`dist/${folder}/main`, { ...env, PORT: `${port}` });
    web.stdout.resume();
    const processes = [web];
    const info = () => fetch(`http://127.0.0.1:${port}/hirefire/development/info`);
    try {
      await untilAnswered(`http://127.0.0.1:${port}/`);
      const exchanges = await scaffold.session(port, {}, [page]);
      expect({ folder, answers: exchanges.map(({ answer }) => answer) }).toEqual({
        folder,
        answers: ['', '[{"name":"worker","quantity":1,"value":1}]'],
      });
      expect(exchanges.map(({ promised }) => promised)).toEqual(exchanges.map(({ answer }) => answer));

      const worker = start(`dist/${folder}/worker`, env);
      processes.push(worker);
      const lines = createInterface({ input: worker.stdout })[Symbol.asyncIterator]();
      await untilPrinted(lines, 'sent to ada@example.com');
      // By the time of a second job, the worker listens to SIGTERM.
      await fetch(`http://127.0.0.1:${port}/mails`, { method: 'POST' });
      await untilPrinted(lines, 'sent to ada@example.com');
      if (broker !== undefined) {
        await untilAcknowledged(broker.management);
        await broker.line.kill();
        expect({ folder, status: (await info()).status }).toEqual({ folder, status: 503 });
        await broker.line.start();
        while (!(await info()).ok) {
          await sleep(50);
        }
        await fetch(`http://127.0.0.1:${port}/mails`, { method: 'POST' });
        await untilPrinted(lines, 'sent to ada@example.com');
      }
      await end(worker);
      expect({ folder, info: await (await info()).text() }).toEqual({
        folder,
        info: '[{"name":"worker","quantity":0,"value":0}]',
      });
    } finally {
      await Promise.all(processes.map(end));
    }
  }

  function start(file: string, env: Readonly<Record<string, string>>): ChildProcessByStdio<null, Readable, null> {
    return spawn(process.execPath, [file], {
      cwd: scaffold.folder,
      env: { ...process.env, NODE_ENV: 'development', HIREFIRE_TOKEN: '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }
});

async function untilPrinted(lines: AsyncIterator<string>, words: string): Promise<void> {
  for (;;) {
    const next = await lines.next();
    if (next.done === true) {
      throw new Error(`It ended before it printed "${words}"`);
    }
    if (next.value.includes(words)) {
      return;
    }
  }
}

/** A message whose acknowledgement is cut off is delivered again. */
async function untilAcknowledged(management: Management): Promise<void> {
  const path = 'queues/%2F?disable_stats=true&enable_queue_totals=true&columns=messages_unacknowledged';
  let counts: string;
  do {
    counts = JSON.stringify(await management.call('GET', path));
  } while (counts !== '[{"messages_unacknowledged":0}]');
}

/** Ends a process as Heroku does. */
async function end(app: ChildProcess): Promise<void> {
  if (app.exitCode === null && app.signalCode === null) {
    const exit = once(app, 'exit');
    app.kill('SIGTERM');
    await exit;
  }
}

/** Waits for an app that is starting; the test's time-out ends that. */
async function untilAnswered(url: string): Promise<void> {
  while ((await fetch(url).catch(() => undefined)) === undefined) {
    await sleep(50);
  }
}
