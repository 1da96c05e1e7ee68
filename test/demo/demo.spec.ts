import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Bull from 'bull';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { CommandRun } from '../support/command-run.js';
import { redisUrl } from '../support/file-redis.js';

let scratch: string;
let folder: string;
let out: string;
let run: CommandRun | undefined;

beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-')));
  folder = join(scratch, 'files');
  out = join(scratch, 'out');
  for (let number = 0; number < 60; number++) {
    const path = join(folder, `folder ${number % 7}`, `file-${number}.txt`);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `content of ${number}`.repeat(number));
  }
});

afterEach(async () => {
  await run?.end();
  run = undefined;
  await rm(scratch, { recursive: true, force: true });
});

const MAIN = ['--import', 'tsx', 'sample/demo/main.ts'];

/** The demo, on the Redis of the tests unless another one is asked for. */
function start(args: readonly string[], more: NodeJS.ProcessEnv = {}): CommandRun {
  return CommandRun.start(process.execPath, [...MAIN, ...args], { env: environment(more) });
}

/** Enough zeros to keep a worker busy for a second or so. */
async function addBigFile(): Promise<void> {
  await writeFile(join(folder, 'big'), '');
  await truncate(join(folder, 'big'), 300 * 1024 * 1024);
}

async function keysOfRuns(): Promise<string[]> {
  const redis = new Redis(redisUrl());
  try {
    return await redis.keys('demo-*');
  } finally {
    redis.disconnect();
  }
}

/** Acts as half a minute does: the workers' locks on their jobs run out, and the next search for jobs without one is due. */
async function passHalfAMinute(): Promise<void> {
  const redis = new Redis(redisUrl());
  try {
    const locks = await redis.keys('demo-*:compress:*:lock');
    const keys = [...locks, ...(await redis.keys('demo-*:compress:stalled-check'))];
    await Promise.all(keys.map((key) => redis.del(key)));
  } finally {
    redis.disconnect();
  }
}

/** Any other job of a killed worker could be done, and not yet reported. */
async function onlyBigFileIsLeft(): Promise<void> {
  const redis = new Redis(redisUrl());
  try {
    for (;;) {
      const [wait] = await redis.keys('demo-*:compress:wait');
      const [active] = await redis.keys('demo-*:compress:active');
      const isDoneButOne = wait === undefined && active !== undefined && (await redis.llen(active)) === 1;
      if (isDoneButOne && existsSync(join(out, 'gz/big.gz.part'))) {
        return;
      }
      await sleep(10);
    }
  } finally {
    redis.disconnect();
  }
}

async function portOf(demo: CommandRun, pattern: RegExp): Promise<number> {
  return Number(pattern.exec(await demo.line(pattern))?.[1]);
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

const recordsOf = async (list: string): Promise<unknown[]> =>
  (await readFile(join(out, list), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

/** The run keeps its own files in the folder for temporary files, here the test's. */
const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  REDIS_URL: redisUrl(),
  TMPDIR: scratch,
  ...more,
});

const temporaryFolders = async (): Promise<string[]> =>
  (await readdir(scratch)).filter((name) => name.startsWith('nestjs-hirefire-demo'));

describe('the demo', () => {
  it('goes from zero dynos to zero dynos, with every job done exactly once', async () => {
    run = start([folder, '--out', out, '--ratio', '20', '--maximum', '2']);
    const code = await run.ended();
    expect({ code, text: run.text }).toEqual({ code: 0, text: expect.any(String) });
    expect(run.text).toContain('120 of 120 jobs done, each exactly once');
    expect(run.text).toMatch(/dynos: from 0 to [12] compress and back to 0, from 0 to [12] digest and back to 0/);
    expect(run.text).toContain('Nothing went wrong.');

    expect(await recordsOf('compressed.jsonl')).toHaveLength(60);
    expect(await recordsOf('digests.jsonl')).toHaveLength(60);
    const archive = await readFile(join(out, 'gz/folder 3/file-59.txt.gz'));
    expect(gunzipSync(archive).toString()).toBe('content of 59'.repeat(59));

    expect(run.processes()).toEqual([]);
    expect(await keysOfRuns()).toEqual([]);
    expect(await temporaryFolders()).toEqual([]);
  });

  it('has the job of a killed worker done by another, once', async () => {
    await addBigFile();
    run = start([folder, '--out', out, '--backend', 'bullmq']);
    await run.line(/compress\.1 is up/);
    // Before the file is nearly done, because ps takes its time on a busy machine.
    const worker = run.processes().find(({ command }) => command.includes('dist/worker.js compress'));
    await onlyBigFileIsLeft();
    process.kill(worker?.pid ?? NaN, 'SIGKILL');
    await run.line(/compress\.1 crashed \(SIGKILL\) and is started again at once/);
    await passHalfAMinute();
    const code = await run.ended();
    // A killed worker is a problem of the run, although every job is done.
    expect({ code, text: run.text }).toEqual({ code: 1, text: expect.any(String) });
    expect(run.text).toContain('122 of 122 jobs done, each exactly once');
    expect(run.text).toContain('crashed: 1');
    expect(run.text).toMatch(/^compress: 6\d jobs in .*\n(?:!.*\n)? {2}now +ratio 4,000, 0 to 4, decrementable /m);
    expect(run.processes()).toEqual([]);
    expect(await keysOfRuns()).toEqual([]);
  });

  it('fails when a job was done twice', async () => {
    run = start([folder, '--out', out]);
    await run.line(/digest: 0 → 1 dyno/);
    const key = (await keysOfRuns()).find((name) => name.endsWith(':digest:id'));
    const prefix = key?.split(':')[0] ?? '';
    const queue = new Bull('digest', redisUrl(), { prefix });
    await queue.add({ folder, path: 'folder 3/file-59.txt' }, { removeOnComplete: true });
    await queue.close();
    expect(await run.ended()).toBe(1);
    expect(run.text).toContain('digest: done 2 times: folder 3/file-59.txt');
    expect(run.text).not.toContain('exactly once');
    expect(run.processes()).toEqual([]);
  });

  it('leaves nothing behind after Ctrl-C in the middle of its work', async () => {
    await addBigFile();
    run = CommandRun.start('npm', ['run', 'demo', '--', folder], { env: environment({ REDIS_URL: '' }) });
    const redis = await portOf(run, /^Redis: started .* port (\d+)/);
    await run.line(/compress\.1 is up/);
    expect(run.processes().map(({ command }) => command)).toEqual(
      expect.arrayContaining([
        expect.stringContaining('dist/web.js'),
        expect.stringContaining('dist/worker.js compress'),
      ]),
    );
    expect(await isListening(redis)).toBe(true);
    run.pressCtrlC();
    expect(await run.ended()).toBe(130);
    expect(run.processes()).toEqual([]);
    expect(await isListening(redis)).toBe(false);
    expect(await temporaryFolders()).toEqual([]);
  });

  it('is survived by nothing when it is killed itself', async () => {
    run = start([folder, '--out', out], { REDIS_URL: '' });
    const redis = await portOf(run, /^Redis: started .* port (\d+)/);
    await run.line(/web\.1 is up/);
    const demo = run.processes().find(({ command }) => command.includes('sample/demo/main.ts'));
    process.kill(demo?.pid ?? NaN, 'SIGKILL');
    await run.gone();
    expect(await isListening(redis)).toBe(false);
  });
});
