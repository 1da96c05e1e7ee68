/** Samples are folders to copy out of the package: each one works in a new place, and needs nothing but the package. */
import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.js';
import { TARBALL, WORK_FOLDER } from './tarball.js';

const SAMPLES = readdirSync('sample').filter((name) => existsSync(join('sample', name, 'Procfile')));

it('there are samples to copy', () => {
  expect(SAMPLES).toEqual(expect.arrayContaining(['bull', 'bullmq']));
});

describe.each(SAMPLES)('the sample %s, copied to an empty folder', (sample) => {
  const folder = join(WORK_FOLDER, `sample-${sample}`);
  const npm = async (...args: string[]): Promise<void> => {
    const { ok, stdout, stderr } = await run('npm', args, { cwd: folder, timeout: 170_000 });
    expect({ ok, stdout, stderr }).toMatchObject({ ok: true });
  };

  it('installs with the packed package, and builds what its Procfile starts with node', async () => {
    mkdirSync(folder);
    execFileSync('tar', ['-xzf', TARBALL, '-C', folder, '--strip-components=3', `package/sample/${sample}`]);

    await npm('install', TARBALL, '--prefer-offline', '--no-audit', '--no-fund', '--strict-peer-deps');
    await npm('run', 'build');

    const procfile = await readFile(join(folder, 'Procfile'), 'utf8');
    const started = [...procfile.matchAll(/ node (\S+)/g)].map(([, file = '']) => file);
    expect(started).toContain('dist/web.js');
    expect(started.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
  });
});
