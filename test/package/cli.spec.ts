/** The command line as it is published: alone in a project, without Nest or any queue library. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_VERSION } from '../../lib/hirefire.protocol.js';
import { agent, serve, TOKEN } from '../cli/support/servers.js';
import { run, type Finished } from './run.js';
import { TARBALL, WORK_FOLDER } from './tarball.js';

const FOLDER = join(WORK_FOLDER, 'cli');
const PACKAGE = join(FOLDER, 'node_modules/nestjs-hirefire');

const nestjsHirefire = (...args: string[]): Promise<Finished> =>
  run('npx', ['--no-install', 'nestjs-hirefire', ...args], { cwd: FOLDER });

beforeAll(async () => {
  mkdirSync(FOLDER);
  writeFileSync(join(FOLDER, 'package.json'), '{ "private": true }');
  // Without its peers, which the command line has no use for.
  const flags = ['--legacy-peer-deps', '--prefer-offline', '--no-audit', '--no-fund'];
  const { ok, stderr } = await run('npm', ['install', ...flags, TARBALL], { cwd: FOLDER });
  expect({ ok, stderr }).toMatchObject({ ok: true });
});

describe('the command line', () => {
  it('comes alone', () => {
    expect(readdirSync(join(FOLDER, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      'nestjs-hirefire',
    ]);
  });

  it('helps', async () => {
    const { ok, stdout } = await nestjsHirefire('--help');
    expect({ ok, stdout }).toEqual({ ok: true, stdout: expect.stringMatching(/^Usage: nestjs-hirefire/) });
    expect([...stdout.matchAll(/^ {2}(check|watch|simulate) /gm)].map(([, name]) => name)).toEqual([
      'check',
      'watch',
      'simulate',
    ]);
  });

  it('leads on from its help to a page that came with it', async () => {
    const { stdout } = await nestjsHirefire('plan', '--help');
    const [, page = ''] = /\nRead on: (.*)\n$/.exec(stdout) ?? [];
    expect(page).toBe('node_modules/nestjs-hirefire/docs/plan.md');
    expect(existsSync(join(FOLDER, page))).toBe(true);
  });

  it('prints its version', async () => {
    expect(await nestjsHirefire('--version')).toMatchObject({ ok: true, stdout: `${PACKAGE_VERSION}\n` });
  });

  it('checks and watches an app', async () => {
    const server = await serve(agent());
    try {
      const check = await nestjsHirefire('check', server.url, '--token', TOKEN);
      expect(check).toMatchObject({ ok: true, stderr: '', stdout: expect.stringMatching(/^✓ agent +Node-1\.2\.0$/m) });
      const watch = await nestjsHirefire('watch', server.url, '--token', TOKEN, '--for', '0.5');
      expect(watch).toMatchObject({
        ok: true,
        stderr: '',
        stdout: expect.stringMatching(/worker: 4 jobs, 0 → 3 dynos$/m),
      });
    } finally {
      await server.close();
    }
  });

  it('brings the licence of every package that is in it', () => {
    const licenses = readFileSync(join(PACKAGE, 'THIRD-PARTY-LICENSES'), 'utf8');
    expect(licenses).toMatch(/^commander \d+\.\d+\.\d+ \(MIT\)$/m);
    expect(licenses).toMatch(/^zod \d+\.\d+\.\d+ \(MIT\)$/m);
  });

  it('can be run', () => {
    expect(statSync(join(PACKAGE, 'dist/cli/main.js')).mode & 0o111).toBe(0o111);
  });

  it('brings the schema of hirefire.json', () => {
    expect(JSON.parse(readFileSync(join(PACKAGE, 'hirefire.schema.json'), 'utf8'))).toMatchObject({ type: 'object' });
  });
});
