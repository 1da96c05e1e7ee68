/** The documentation's promises, kept: its code compiles and runs, its commands exist, its links lead somewhere. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import BullQueue from 'bull';
import { Queue } from 'bullmq';
import { execFile, spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join, normalize } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { PROC_NAME_PATTERN } from '../../lib/hirefire.protocol.js';
import { freePort, RedisServer } from '../../tools/redis-server.js';
import { TestDatabase } from '../support/postgres.js';
import { redisUrl } from '../support/file-redis.js';
import { anchorsOf, codeOf, exchangesOf, PAGES, type Page, type Project } from './pages.js';

const run = promisify(execFile);

const { scripts, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
};

/** Commands that a page may show, in addition to this package's scripts and its own command. */
const COMMANDS = [
  /^npm ci$/,
  /^npm (install|uninstall)( -D)?( @?[a-z][\w./@-]*)+$/,
  /^heroku (create|addons:create heroku-[\w-]+:[\w-]+|config:set( [A-Z_]+=\S+)+|ps:scale( [\w-]+=\d+)+)$/,
  /^git push heroku HEAD:main$/,
  /^curl \S+$/,
];

/** The languages of blocks that are checked here or in beyond-heroku.spec.ts, and what is no code. */
const CHECKED = ['ts', 'sh', 'console', 'procfile', 'json', 'yaml', 'toml', 'text', ''];

const PROJECTS = PAGES.flatMap(({ projects }) => projects);

/** Nest 11 only, so `npm run test:scaffolds` compiles and runs what imports it. */
const NOT_HERE = " from '@golevelup/";

/** A project's files, with the name that its version of the library has here. */
function filesHere({ label, files }: Project): readonly (readonly [string, string])[] {
  const version = /^pg-boss (10)\b/.exec(label ?? '')?.[1];
  return [...files]
    .filter(([, code]) => !code.includes(NOT_HERE))
    .map(([name, code]) => [
      name,
      version === undefined ? code : code.replace(" from 'pg-boss'", ` from 'pg-boss-${version}'`),
    ]);
}

let folder: string;
const apps: ChildProcess[] = [];

beforeAll(async () => {
  // Inside the project, where the package and its peers are found by their names.
  folder = await mkdtemp('test/docs/.generated-');
  for (const project of PROJECTS) {
    await mkdir(join(folder, project.folder));
    for (const [name, code] of filesHere(project)) {
      await writeFile(join(folder, project.folder, name), code);
    }
  }
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  // The CLI's scaffolds have these too: the globals of their test runner, and an entry point.
  await writeFile(
    join(folder, 'globals.d.ts'),
    `import type * as jest from '@jest/globals';
     declare global { const describe: typeof jest.describe, it: typeof jest.it, expect: typeof jest.expect; }`,
  );
  for (const project of [
    'readme',
    'docs-graphile-worker',
    'docs-rabbitmq-amqp-connection-manager',
    'docs-rabbitmq-amqplib',
  ]) {
    await writeFile(
      join(folder, project, 'main.ts'),
      `import { NestFactory } from '@nestjs/core';
       import { AppModule } from './app.module.js';
       const app = await NestFactory.create(AppModule, { logger: false });
       await app.listen(process.env.PORT ?? 3000);`,
    );
  }
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        // The target of Nest 10's CLI.
        target: 'ES2021',
        module: 'NodeNext',
        types: ['node'],
        strict: true,
        skipLibCheck: true,
        esModuleInterop: true,
        isolatedModules: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
      },
    }),
  );
});

afterAll(async () => {
  // Those of a test that took too long are still there.
  await Promise.all(apps.map(end));
  await TestDatabase.closeAll();
  await rm(folder, { recursive: true, force: true });
});

describe('the code of all pages', () => {
  it('compiles', async () => {
    const { stdout } = await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder]).catch(
      (error: unknown) => error as { readonly stdout: string },
    );
    expect(stdout).toBe('');
  });

  it('has modules that start, with every proc of theirs measured', async () => {
    // The recipes for RabbitMQ run in test/rabbitmq, and a database has one schema of pg-boss.
    const started = PROJECTS.filter(({ label }) => label === undefined || label === 'pg-boss 12');
    const modules = started
      .flatMap((project) =>
        [...project.files]
          .filter(([name]) => !/^main\.ts$|worker\.ts$|\.spec\.ts$/.test(name))
          .map(([name, code]) => {
            const file = join(folder, project.folder, name.replace(/ts$/, 'js'));
            const last = [...code.matchAll(/export class (\w+Module)/g)].at(-1)?.[1];
            const procs = [...code.matchAll(/@HireFireProc\('([^']+)'/g)].map(([, proc = '']) => proc).sort();
            return { isModule: last !== undefined, place: `${file}#${last ?? ''}`, procs };
          }),
      )
      .filter(({ isModule }) => isModule);
    const { url } = await TestDatabase.create();
    const { stdout } = await run(
      process.execPath,
      ['test/docs/start-modules.mjs', ...modules.map(({ place }) => place)],
      { env: { ...process.env, REDIS_URL: redisUrl(), DATABASE_URL: url, HIREFIRE_TOKEN: '' } },
    );
    const expected = modules.map(({ place, procs }) => [place, procs]);
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(expected));
  });

  it('has unit tests that pass', async () => {
    const config = {
      rootDir: folder,
      testMatch: ['**/*.spec.js'],
      modulePathIgnorePatterns: [],
      testPathIgnorePatterns: [],
      transform: {},
    };
    const specs = PROJECTS.flatMap(({ files }) => [...files.values()]).join('\n');
    const tests = specs.match(/^ *it\(/gm)?.length ?? NaN;
    const { stderr } = await run(
      process.execPath,
      ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', JSON.stringify(config)],
      { env: { ...process.env, REDIS_URL: redisUrl(), HIREFIRE_TOKEN: '' } },
    );
    expect(stderr).toContain(`${tests} passed, ${tests} total`);
  });
});

describe('the README', () => {
  const readme = PAGES.filter(({ path }) => path === 'README.md');

  it('is read in three minutes', () => {
    for (const { text } of readme) {
      expect(text.split('\n').length).toBeLessThanOrEqual(180);
    }
  });

  it('shows an app that answers as it says', async () => {
    // A separate Redis: other tests' jobs must not be counted here.
    const redis = await RedisServer.start();
    const env = { REDIS_URL: redis.url };
    const port = await freePort();
    const app = start('readme/main.js', { PORT: `${port}`, ...env });
    try {
      await untilListening(app, port);
      expect(await expectAnswers(readme, port, env)).toBe(3);
    } finally {
      await end(app);
      await redis.stop();
    }
  });
});

describe('docs/failures.md', () => {
  const [failures] = PAGES.filter(({ path }) => path === 'docs/failures.md');
  const sources = readdirSync('lib', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join('lib', path), 'utf8'))
    .join('\n');

  it('quotes warnings and codes that the package has', () => {
    const cells = [...(failures?.text ?? '').matchAll(/^\| ((?:`[^`]+`(?:, )?)+)[^|]*\|/gm)].map(
      ([, cell = '']) => cell,
    );
    const quotes = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, quote = '']) => quote));
    const words = quotes.flatMap((quote) => quote.split('...').map((part) => part.trim()));
    expect(words).toEqual(expect.arrayContaining(['has never had a job', 'ENOTFOUND', 'No proc was found']));
    expect(words.filter((part) => !sources.includes(part))).toEqual([]);
  });
});

describe('docs/heroku.md', () => {
  it('shows a web process that adds jobs and counts them, and a worker that does what it has begun when it is ended', async () => {
    // A separate Redis: other tests' jobs must not be done here, nor counted.
    const redis = await RedisServer.start();
    const queue = new Queue('mail', { connection: { url: redis.url } });
    const port = await freePort();
    const web = start('docs-heroku/main.js', { PORT: `${port}`, REDIS_URL: redis.url });
    const processes = [web];
    const info = async () => (await fetch(`http://127.0.0.1:${port}/hirefire/development/info`)).text();
    try {
      await untilListening(web, port);
      await fetch(`http://127.0.0.1:${port}/mails`, { method: 'POST' });
      expect(await info()).toBe('[{"name":"worker","quantity":1,"value":1}]');

      const worker = start('docs-heroku/worker.js', { REDIS_URL: redis.url });
      processes.push(worker);
      while ((await queue.getActiveCount()) === 0) {
        await sleep(5);
      }
      const output = text(worker.stdout);
      await end(worker);
      expect(await output).toContain('sent to ada@example.com');
      expect(await info()).toBe('[{"name":"worker","quantity":0,"value":0}]');
    } finally {
      await Promise.all([...processes.map(end), queue.close()]);
      await redis.stop();
    }
  });
});

describe('docs/workers.md', () => {
  it('shows a worker of Bull that does jobs with a name, and without one', async () => {
    const redis = await RedisServer.start();
    const queue = new BullQueue('mail', redis.url);
    await queue.add('welcome', { to: 'ada@example.com' });
    await queue.add({ to: 'grace@example.com' });
    const worker = start('docs-workers/bull-worker.js', { REDIS_URL: redis.url });
    try {
      const sent: string[] = [];
      for await (const line of createInterface({ input: worker.stdout })) {
        if (line.startsWith('sent to ') && sent.push(line) === 2) {
          break;
        }
      }
      expect(sent.sort()).toEqual(['sent to ada@example.com', 'sent to grace@example.com']);
      await end(worker);
      expect(await queue.getFailedCount()).toBe(0);
    } finally {
      await Promise.all([end(worker), queue.close()]);
      await redis.stop();
    }
  });
});

describe('docs/graphile-worker.md', () => {
  it('shows a web process that adds jobs and counts them, and a worker that does them', async () => {
    const { url } = await TestDatabase.create();
    const port = await freePort();
    const web = start('docs-graphile-worker/main.js', { PORT: `${port}`, DATABASE_URL: url });
    const processes = [web];
    try {
      await untilListening(web, port);
      const pages = PAGES.filter(({ path }) => path === 'docs/graphile-worker.md');
      expect(await expectAnswers(pages, port)).toBe(2);

      const worker = start('docs-graphile-worker/worker.js', { DATABASE_URL: url });
      processes.push(worker);
      for await (const line of createInterface({ input: worker.stdout })) {
        if (line === 'sent to ada@example.com') {
          break;
        }
      }
      await end(worker);
      const info = await fetch(`http://127.0.0.1:${port}/hirefire/development/info`);
      expect(await info.text()).toBe('[{"name":"worker","quantity":0,"value":0}]');
    } finally {
      await Promise.all(processes.map(end));
    }
  });
});

describe('docs/rabbitmq.md', () => {
  it.each(['amqp-connection-manager', 'amqplib'])(
    'shows an app on %s that listens while RabbitMQ is away',
    async (library) => {
      const [port, nothing] = [await freePort(), await freePort()];
      const env = { PORT: `${port}`, CLOUDAMQP_URL: `amqp://127.0.0.1:${nothing}` };
      const app = start(`docs-rabbitmq-${library}/main.js`, env);
      try {
        await untilListening(app, port);
        const info = await fetch(`http://127.0.0.1:${port}/hirefire/development/info`);
        expect({ status: info.status, text: await info.text() }).toEqual({
          status: 503,
          text: expect.stringContaining('nothing listens at its host and port (ECONNREFUSED)'),
        });
      } finally {
        await end(app);
      }
    },
  );
});

describe('docs/README.md', () => {
  const [index] = PAGES.filter(({ path }) => path === 'docs/README.md');

  it.each(PAGES.filter(({ path }) => path.startsWith('docs/') && path !== 'docs/README.md'))(
    'lists $path',
    ({ path }) => {
      expect(index?.text).toContain(`](${path.replace('docs/', '')})`);
    },
  );
});

describe.each(PAGES)('$path', (page) => {
  it('has no kind of block that nothing checks', () => {
    const unknown = page.blocks.filter(({ language }) => !CHECKED.includes(language));
    expect(unknown).toEqual([]);
  });

  it('links to files and headings that exist', () => {
    const broken = [...page.text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)].filter(
      ([, file = '', anchor]) => {
        const target = file === '' ? page.path : normalize(join(dirname(page.path), file));
        const linked = PAGES.find(({ path }) => path === target);
        return !existsSync(target) || (anchor !== undefined && !(linked && anchorsOf(linked).includes(anchor)));
      },
    );
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it('names files that exist', () => {
    const files = [...page.text.matchAll(/`((?:bench|cli|docs|lib|sample|test|tools)\/[\w./-]+)`/g)].map(
      ([, file = '']) => file,
    );
    // `npm run docs:api` makes that folder.
    expect(files.filter((file) => file !== 'docs/api/' && !existsSync(file))).toEqual([]);
  });

  it('names commands that exist', () => {
    const commands = codeOf(page, 'sh').flatMap((code) => code.trim().split(/\s+#.*$\n?|\n| && /m));
    const unknown = commands.filter((command) => {
      const script = /^npm (?:run )?([\w:]+)(?: --.*)?$/.exec(command)?.[1];
      const isOwn = command.startsWith('npx nestjs-hirefire ') && bin?.['nestjs-hirefire'] !== undefined;
      return (
        command !== '' &&
        !isOwn &&
        !(script !== undefined && script in scripts) &&
        !COMMANDS.some((known) => known.test(command))
      );
    });
    expect(unknown).toEqual([]);
  });

  it('names processes that a Procfile can have', () => {
    for (const line of codeOf(page, 'procfile').flatMap((procfile) => procfile.trim().split('\n'))) {
      expect(line).toMatch(/^[\w-]+: \S/);
      expect(line.split(':')[0]).toMatch(PROC_NAME_PATTERN);
    }
  });

  it('shows JSON that can be parsed', () => {
    for (const code of codeOf(page, 'json')) {
      expect(() => void JSON.parse(code)).not.toThrow();
    }
  });
});

function start(file: string, env: NodeJS.ProcessEnv): ChildProcessByStdio<null, Readable, null> {
  const app = spawn(process.execPath, [join(folder, file)], {
    env: { ...process.env, REDIS_URL: redisUrl(), NODE_ENV: 'test', HIREFIRE_TOKEN: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  apps.push(app);
  return app;
}

/** Enters the commands of pages, expects the answers shown there, and counts them. */
async function expectAnswers(pages: readonly Page[], port: number, env: NodeJS.ProcessEnv = {}): Promise<number> {
  const exchanges = pages.flatMap(exchangesOf);
  for (const { command, answer } of exchanges) {
    const shell = command.replace('localhost:3000', `127.0.0.1:${port}`);
    const { stdout } = await run('sh', ['-c', shell], { env: { ...process.env, ...env } });
    expect({ command, answer: stdout.trim() }).toEqual({ command, answer });
  }
  return exchanges.length;
}

/** Ends a process as Heroku does. */
async function end(app: ChildProcess): Promise<void> {
  if (app.exitCode === null && app.signalCode === null) {
    const exit = once(app, 'exit');
    app.kill('SIGTERM');
    await exit;
  }
}

async function untilListening(app: ChildProcess, port: number): Promise<void> {
  while (app.exitCode === null) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch {
      // Not yet, and the app needs the processor to get there.
      await sleep(20);
    } finally {
      socket.destroy();
    }
  }
  throw new Error('The app ended before it listened');
}
