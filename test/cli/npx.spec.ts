/** The commands as npx starts them: npm, a shell, and the command. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommandRun } from '../support/command-run.js';
import { agent, closeServers, serve, TOKEN } from './support/servers.js';

const APP = resolve('test/cli/commands/simulate/app');
/** Within it, the run must have ended; Heroku's grace would last longer. */
const LESS_THAN_THE_GRACE_MS = 25_000;

let folder: string;
let run: CommandRun | undefined;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-')));
  await mkdir(join(folder, 'node_modules/.bin'), { recursive: true });
  await symlink(resolve('dist/cli/main.js'), join(folder, 'node_modules/.bin/nestjs-hirefire'));
  await writeFile(join(folder, 'package.json'), '{"name":"app","private":true}');
  await writeFile(join(folder, 'numbers.json'), '[{"name":"worker","value":1}]');
});

afterEach(async () => {
  await run?.end();
  run = undefined;
  await closeServers();
  await rm(folder, { recursive: true, force: true });
});

function npx(shell: string, ...args: string[]): CommandRun {
  run = CommandRun.start('npx', ['--no-install', '--script-shell', shell, 'nestjs-hirefire', ...args], {
    cwd: folder,
    env: { ...process.env, TMPDIR: folder, HIREFIRE_TOKEN: TOKEN, npm_config_cache: join(folder, 'npm') },
  });
  return run;
}

it.each<[signal: NodeJS.Signals, shell: string, job: string]>([
  ['SIGTERM', '/bin/sh', 'finish'],
  // This shell replaces itself with the command.
  ['SIGKILL', '/bin/bash', 'finish'],
  ['SIGKILL', '/bin/sh', 'ignore'],
])(
  'a run ends with its report after %s to npx with %s and a worker that would %s its job',
  async (signal, shell, job) => {
    await writeFile(join(folder, 'Procfile'), `web: node ${APP}/web.mjs\nworker: exec node ${APP}/worker.mjs ${job}\n`);
    const started = npx(shell, 'simulate', '--port', '0', '--logs', '--report', 'out.json');
    await started.line(/worker\.1 \| works/);
    process.kill(started.pid, signal);
    await started.gone();
    const report: unknown = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'));
    expect(report).toMatchObject({ processes: { worker: { worst: 1 } } });
  },
  LESS_THAN_THE_GRACE_MS,
);

it('a watch ends with its summary after SIGKILL to npx', async () => {
  const { url } = await serve(agent());
  const started = npx('/bin/sh', 'watch', url, '--every', '1h');
  await started.line(/^00:00/);
  process.kill(started.pid, 'SIGKILL');
  await started.gone();
  expect(started.text).toMatch(/^1 checkup, 0 failed$/m);
});

it('one Ctrl-C is one, although npm passes it on', async () => {
  const { url } = await serve(agent());
  const started = npx('/bin/bash', 'watch', url, '--every', '1h');
  await started.line(/^00:00/);
  started.pressCtrlC();
  expect({ code: await started.ended(), text: started.text }).toEqual({
    code: 0,
    text: expect.stringMatching(/^1 checkup, 0 failed$/m),
  });
});
