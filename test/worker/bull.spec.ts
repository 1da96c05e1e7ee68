/** A worker process of Bull 4 that gets SIGTERM, judged by Bull's keys: one, with a queue for each state that a job can be in. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Bull, { type JobOptions, type Queue } from 'bull';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { WorkerProcess, type Ending, type WorkerQueue } from './worker-process.js';

const prefix = `drain-${randomUUID()}`;
const redis = new Redis(redisUrl());
const opened: Queue[] = [];

function queueOf(name: string): Queue {
  const queue = new Bull(name, { redis: redisAccess(), prefix });
  opened.push(queue);
  return queue;
}

async function add(name: string, how: string, options: JobOptions = {}): Promise<void> {
  await queueOf(name).add({ how }, { jobId: 'job', ...options });
}

async function finished(queue: string): Promise<void> {
  await (await queueOf(queue).getJob('job'))?.finished();
}

const key = (queue: string, rest: string): string => `${prefix}:${queue}:${rest}`;

/** The ids of a list, the next one first. */
async function idsOf(queue: string, list = 'wait'): Promise<readonly string[]> {
  return (await redis.lrange(key(queue, list), 0, -1)).reverse();
}

async function recordOf(queue: string) {
  const fields = ['attemptsMade', 'stalledCounter', 'failedReason', 'stacktrace'];
  const [attemptsMade, stalls, failure, stacktrace] = await redis.hmget(key(queue, 'job'), ...fields);
  const [isLocked, active, isStalled] = await Promise.all([
    redis.exists(key(queue, 'job:lock')),
    idsOf(queue, 'active'),
    redis.sismember(key(queue, 'stalled'), 'job'),
  ]);
  return { attemptsMade, stalls, failure, stacktrace, isLocked, active, isStalled };
}

const UNTOUCHED = {
  ...{ attemptsMade: null, stalls: null, failure: null, stacktrace: null },
  ...{ isLocked: 0, active: [], isStalled: 0 },
};

const ENDING = ['ends', 'fails', 'adds a job'];
const HANDED_BACK = ['front', 'lifo', 'paused', 'limited', 'by hand', 'of the queue', 'priority', 'file'];
const TAKEN_OVER = ['woken', 'writes'];

const SPECIAL: readonly WorkerQueue[] = [
  { name: 'wide', options: { concurrency: 3 } },
  { name: 'limited', options: { limiter: { max: 1, duration: 3_600_000 } } },
  { name: 'by hand', worker: 'by hand' },
  { name: 'of the queue', worker: 'processors' },
  { name: 'file', worker: 'file' },
];
const NAMES = [...ENDING, ...HANDED_BACK, ...TAKEN_OVER, 'retried', 'wide'];
const QUEUES = NAMES.map((name) => SPECIAL.find((queue) => queue.name === name) ?? { name });
const DOES: Readonly<Record<string, string>> = { fails: 'fails', 'adds a job': 'adds a job', writes: 'writes' };

describe('a worker process of Bull 4 gets SIGTERM', () => {
  let worker: WorkerProcess;
  let ending: Ending;

  beforeAll(async () => {
    const options: Readonly<Record<string, JobOptions>> = { lifo: { lifo: true }, priority: { priority: 5 } };
    await Promise.all([
      ...NAMES.filter((name) => name !== 'wide' && name !== 'retried').map((name) =>
        add(name, DOES[name] ?? 'holds', options[name]),
      ),
      add('retried', 'fails at first', { attempts: 3 }),
      queueOf('wide').addBulk(['a', 'b', 'c', 'd'].map((jobId) => ({ data: { how: 'holds' }, opts: { jobId } }))),
    ]);
    worker = await WorkerProcess.start({
      ...{ major: 4, url: redisUrl(), prefix, queues: QUEUES, options: { grace: 2 }, hasOwnTime: true },
    });
    const runs = NAMES.filter((name) => name !== 'wide' && name !== 'file').map((name) => worker.runs(name));
    const file = queueOf('file');
    await Promise.all([
      ...[...runs, worker.runs('wide', 'a'), worker.runs('wide', 'b'), worker.runs('wide', 'c')],
      worker.sees(
        () =>
          worker.messages.filter((message) => message.type === 'started' && message.queue === 'retried').length === 2,
      ),
      new Promise<void>((resolve, reject) => {
        file.on('global:progress', () => resolve());
        file.getJob('job').then((job) => (Number(job?.progress()) > 0 ? resolve() : undefined), reject);
      }),
    ]);
    // These are behind them.
    await Promise.all([
      ...['ends', 'front', 'paused'].map((name) => add(name, 'holds', { jobId: 'next' })),
      add('lifo', 'holds', { jobId: 'next', lifo: true }),
      add('priority', 'holds', { jobId: 'urgent', priority: 1 }),
      add('priority', 'holds', { jobId: 'next', priority: 5 }),
      add('priority', 'holds', { jobId: 'later', priority: 9 }),
    ]);
    await queueOf('paused').pause();
    TAKEN_OVER.forEach((name) => void queueOf(name).process(async (job) => job.progress('taken over')));

    worker.kill();
    await worker.writes(/SIGTERM/);
    ENDING.forEach((name) => worker.release(name));
    await Promise.allSettled(ENDING.map(finished));
    // The grace, and the time that others have for their AbortSignal.
    worker.pass(2_000 + 2_000);
    ending = await worker.ended;
    await Promise.all(TAKEN_OVER.map(finished));
  });
  afterAll(async () => {
    await Promise.all(opened.map((queue) => queue.close()));
    redis.disconnect();
  });

  it('ends by the signal, after the hooks of the app', () => {
    expect(ending).toEqual({ code: null, signal: 'SIGTERM' });
    expect(worker.messages.at(-1)).toEqual({ type: 'hook', hook: 'beforeApplicationShutdown SIGTERM' });
  });

  it('lets jobs end, and starts no other', async () => {
    await expect(redis.zrange(key('ends', 'completed'), 0, -1)).resolves.toEqual(['job']);
    await expect(redis.zrange(key('fails', 'failed'), 0, -1)).resolves.toEqual(['job']);
    await expect(recordOf('fails')).resolves.toMatchObject({ attemptsMade: '1', failure: 'failed by itself' });
    await expect(idsOf('ends')).resolves.toEqual(['next']);
    await expect(idsOf('adds a job')).resolves.toEqual(['added']);
  });

  it.each(HANDED_BACK)('job "%s": it is handed back, and untouched', async (queue) => {
    await expect(recordOf(queue)).resolves.toEqual(UNTOUCHED);
  });

  it('puts it in the first place of its queue, of its priority, of a paused queue', async () => {
    await expect(idsOf('front')).resolves.toEqual(['job', 'next']);
    await expect(idsOf('lifo')).resolves.toEqual(['job', 'next']);
    await expect(idsOf('paused', 'paused')).resolves.toEqual(['job', 'next']);
    await expect(idsOf('priority')).resolves.toEqual(['urgent', 'job', 'next', 'later']);
    await expect(redis.zscore(key('priority', 'priority'), 'job')).resolves.toBe('5');
    await expect(idsOf('wide')).resolves.toEqual(['a', 'b', 'c', 'd']);
  });

  it('counts no further attempt of a retried job', async () => {
    await expect(recordOf('retried')).resolves.toMatchObject({
      attemptsMade: '1',
      stalls: null,
      isLocked: 0,
      active: [],
    });
    await expect(idsOf('retried')).resolves.toEqual(['job']);
  });

  it.each(TAKEN_OVER)('job "%s": another worker takes it, and the old run changes nothing more', async (queue) => {
    await expect(redis.zrange(key(queue, 'completed'), 0, -1)).resolves.toEqual(['job']);
    await expect(redis.hget(key(queue, 'job'), 'progress')).resolves.toBe('"taken over"');
    await expect(recordOf(queue)).resolves.toEqual(UNTOUCHED);
  });

  it('writes one line at the signal and one at the end', () => {
    const lines = worker.lines
      .filter((line) => line.includes('[drainOnShutdown]'))
      .map((line) => line.replace(/^.*\] /, ''));
    expect(lines).toEqual([
      expect.stringMatching(/^SIGTERM: no worker starts another job\. 17 jobs have 2 s to end: .*wide a, b, c/),
      expect.stringMatching(/^3 jobs ended, 14 \(.*wide a, b, c.*\) were handed back\.$/),
    ]);
  });
});
