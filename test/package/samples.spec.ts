/** Samples are folders to copy: each one works in a new place, and needs nothing but the package. */
import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { run } from './run.js';
import { TARBALL, WORK_FOLDER } from './tarball.js';

const SAMPLES = readdirSync('sample').filter((name) => existsSync(join('sample', name, 'Procfile')));
const MADE_HERE = ['node_modules', 'dist', 'out'];

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
    await cp(`sample/${sample}`, folder, { recursive: true, filter: (path) => !MADE_HERE.includes(basename(path)) });

    await npm('install', TARBALL, '--prefer-offline', '--no-audit', '--no-fund', '--strict-peer-deps');
    await npm('run', 'build');

    const procfile = await readFile(join(folder, 'Procfile'), 'utf8');
    const started = [...procfile.matchAll(/ node (\S+)/g)].map(([, file = '']) => file);
    expect(started).toContain('dist/web.js');
    expect(started.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
  });
});
