/** Every block of the documentation, pasted as it stands into the projects that Nest's own CLI makes. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, RedisServer } from '../../tools/redis-server.js';
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

  it('counts the job that it adds, with nothing installed but by the line for BullMQ', async () => {
    await scaffold.install('bullmq');
    await scaffold.pasteReadme();
    await scaffold.npm('run', 'build');

    const redis = await RedisServer.start();
    const port = await freePort();
    const env = { PORT: `${port}`, REDIS_URL: redis.url, NODE_ENV: 'development', HIREFIRE_TOKEN: '' };
    const app = spawn(process.execPath, ['dist/main'], {
      cwd: scaffold.folder,
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    try {
      await untilAnswered(`http://127.0.0.1:${port}/`);
      const exchanges = await scaffold.session(port, { REDIS_URL: redis.url });
      expect(exchanges.map(({ answer }) => answer)).toEqual(exchanges.map(({ promised }) => promised));
      expect(exchanges.at(-1)?.answer).toBe('[{"name":"worker","quantity":1,"value":1}]');
    } finally {
      const exit = once(app, 'exit');
      app.kill();
      await exit;
      await redis.stop();
    }
  });

  it('is pasted where the line for Bull has added Bull', async () => {
    await scaffold.install('bull');
    pasted = await scaffold.paste();
    expect(pasted).toEqual(
      expect.arrayContaining([
        'src/app.module.ts',
        'src/docs-heroku/worker.ts',
        'src/docs-testing/worker.proc.spec.ts',
      ]),
    );
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

  it('type-checks where pnpm has installed the packages', async () => {
    await scaffold.typecheckWithPnpm();
  });
});

/** Waits for an app that is starting; the test's time-out ends that. */
async function untilAnswered(url: string): Promise<void> {
  while ((await fetch(url).catch(() => undefined)) === undefined) {
    await sleep(50);
  }
}
