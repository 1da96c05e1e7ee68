/** Every block of the documentation, pasted as it stands into the projects that Nest's own CLI makes. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../tools/redis-server.js';
import { redisUrl } from '../support/file-redis.js';
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

  beforeAll(async () => {
    await scaffold.make();
    pasted = await scaffold.paste();
  });

  it('is there', () => {
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

  it('answers HireFire', async () => {
    const port = await freePort();
    const app = spawn(process.execPath, ['dist/main'], {
      cwd: scaffold.folder,
      env: { ...process.env, PORT: `${port}`, REDIS_URL: redisUrl(), NODE_ENV: 'development', HIREFIRE_TOKEN: '' },
      stdio: 'ignore',
    });
    try {
      const info = await answerOf(`http://127.0.0.1:${port}/hirefire/development/info`);
      expect(info).toBe('[{"name":"worker","quantity":0,"value":0}]');
    } finally {
      const exit = once(app, 'exit');
      app.kill();
      await exit;
    }
  });

  it('type-checks where pnpm has installed the packages', async () => {
    await scaffold.typecheckWithPnpm();
  });
});

/** Waits for an app that is starting; the test's time-out ends that. */
async function answerOf(url: string): Promise<string> {
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response) {
      return response.text();
    }
    await sleep(50);
  }
}
