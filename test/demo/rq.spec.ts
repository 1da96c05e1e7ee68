/** The demo with real Python workers. */
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '../other-languages/interpreter.js';
import { CommandRun } from '../support/command-run.js';

describeWith('python3-rq', () => {
  let scratch: string;
  let run: CommandRun | undefined;
  beforeEach(async () => {
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-')));
  });
  afterEach(async () => {
    await run?.end();
    await rm(scratch, { recursive: true, force: true });
  });

  it('hires and fires workers of RQ, with every job of a Nest app done exactly once', async () => {
    const folder = join(scratch, 'files');
    await mkdir(join(folder, 'a folder'), { recursive: true });
    for (let number = 0; number < 20; number++) {
      await writeFile(join(folder, 'a folder', `file-${number}.txt`), `content of ${number}`.repeat(number));
    }
    // Big enough for the queue of what takes long.
    await writeFile(join(folder, 'big'), '');
    await truncate(join(folder, 'big'), 2_000_000);

    const args = [
      '--import',
      'tsx',
      'sample/demo/main.ts',
      folder,
      '--backend',
      'rq',
      '--ratio',
      '10',
      '--maximum',
      '2',
    ];
    run = CommandRun.start(process.execPath, args, { env: { ...process.env, TMPDIR: scratch } });
    const code = await run.ended();

    expect({ code, text: run.text }).toEqual({ code: 0, text: expect.any(String) });
    expect(run.text).toContain('42 of 42 jobs done, each exactly once; every archive unpacks to what was digested');
    expect(run.text).toContain('dynos: from 0 to 2 worker and back to 0');
    expect(run.text).toContain('Nothing went wrong.');
    expect(run.processes()).toEqual([]);
  });
});
