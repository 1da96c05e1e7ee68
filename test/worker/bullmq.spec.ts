/** A worker process of BullMQ that gets SIGTERM: one, with a queue for each state that a job can be in. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FlowProducer, type JobsOptions } from 'bullmq';
import { BULLMQ_MAJOR } from '../bullmq/major.js';
import { redisUrl } from '../support/file-redis.js';
import { BullMQRecords, UNTOUCHED } from './bullmq-records.js';
import { WorkerProcess, type Ending, type WorkerQueue } from './worker-process.js';

const records = new BullMQRecords(redisUrl());

const HOLDS = ['front', 'lifo', 'paused', 'limited', 'named', 'by hand', 'of the queue'];
const SANDBOXES: readonly WorkerQueue[] = [
  { name: 'file', worker: 'file' },
  { name: 'thread', worker: 'thread' },
];
/** Their jobs are taken over by another worker. */
const TAKEN_OVER = ['woken', 'woken by priority', 'started once', 'writes at its signal'];
const HANDED_BACK = [
  ...[...HOLDS, 'priority', 'throws at its signal', 'children'],
  ...SANDBOXES.map(({ name }) => name),
];

const SPECIAL: readonly WorkerQueue[] = [
  ...SANDBOXES,
  { name: 'wide', options: { concurrency: 5 } },
  { name: 'limited', options: { limiter: { max: 1, duration: 3_600_000 } } },
  { name: 'started once', options: { maxStartedAttempts: 1 } },
  { name: 'named', options: { name: 'its own' } },
  { name: 'by hand', worker: 'by hand' },
  { name: 'of the queue', worker: 'processors' },
];

/** The jobs that are there when the process starts: what they do is mostly named as their queue. */
const JOBS: readonly (readonly [queue: string, how: string, options?: JobsOptions])[] = [
  ...HOLDS.map((queue) => [queue, 'holds', queue === 'lifo' ? { lifo: true } : {}] as const),
  ...['priority', 'woken by priority'].map((queue) => [queue, 'holds', { priority: 5 }] as const),
  ...['ends', 'fails', 'adds a job', 'is moved to delayed'].map((queue) => [queue, queue] as const),
  ...['throws at its signal', 'returns at its signal', 'writes at its signal'].map((queue) => [queue, queue] as const),
  ...['woken', 'started once', 'file', 'thread'].map((queue) => [queue, 'holds'] as const),
  ['retried', 'fails at first', { attempts: 3 }],
];

const NAMES = [...new Set([...JOBS.map(([queue]) => queue), 'wide', 'children'])];
const QUEUES = NAMES.map((name) => SPECIAL.find((queue) => queue.name === name) ?? { name });
/** Jobs that end within the grace. */
const ENDINGS = [
  ['ends', 'completed'],
  ['fails', 'failed'],
  ['adds a job', 'completed'],
  ['is moved to delayed', 'delayed'],
] as const;
const PAUSED_LIST = BULLMQ_MAJOR === 5 ? 'paused' : 'wait';

describe(`a worker process of BullMQ ${BULLMQ_MAJOR} gets SIGTERM`, () => {
  let worker: WorkerProcess;
  let ending: Ending;
  let namesBefore: Readonly<Record<string, string | null>>;

  beforeAll(async () => {
    const flows = new FlowProducer({ connection: records.connection, prefix: records.prefix });
    await Promise.all([
      ...JOBS.map(([queue, how, options]) => records.add(queue, how === 'ends' ? 'holds' : how, options)),
      records
        .queue('wide')
        .addBulk(
          ['a', 'b', 'c', 'd', 'e', 'f'].map((jobId) => ({ name: 'test', data: { how: 'holds' }, opts: { jobId } })),
        ),
      flows.add({
        name: 'test',
        queueName: 'parents',
        data: {},
        opts: { jobId: 'parent' },
        children: [{ name: 'test', queueName: 'children', data: { how: 'holds' }, opts: { jobId: 'job' } }],
      }),
    ]);
    await flows.close();
    worker = await WorkerProcess.start(
      {
        ...{ major: BULLMQ_MAJOR, url: records.url, prefix: records.prefix, queues: QUEUES },
        ...{ options: { grace: 2 }, hasOwnTime: true },
      },
      { DYNO: 'worker.3' },
    );
    await Promise.all([
      ...NAMES.filter((name) => !['wide', 'file', 'thread', 'retried'].includes(name)).map((name) => worker.runs(name)),
      ...['a', 'b', 'c', 'd', 'e'].map((id) => worker.runs('wide', id)),
      ...['file', 'thread'].map((name) => records.had(name, 'progress')),
      records.had('retried', 'active', 2),
    ]);
    namesBefore = Object.fromEntries(
      await Promise.all(
        ['front', 'named', 'by hand', 'of the queue'].map(
          async (name) => [name, await records.field(name, 'pb')] as const,
        ),
      ),
    );
    // These are behind them.
    await Promise.all([
      ...['ends', 'front', 'paused', 'lifo'].map((name) =>
        records.add(name, 'holds', { jobId: 'next', lifo: name === 'lifo' }),
      ),
      records.add('priority', 'holds', { jobId: 'next', priority: 5 }),
      records.add('priority', 'holds', { jobId: 'urgent', priority: 1 }),
      ...TAKEN_OVER.map((name) => records.takeOver(name, name === 'started once' ? { maxStartedAttempts: 1 } : {})),
      records.queue('paused').pause(),
    ]);

    worker.kill();
    await worker.writes(/SIGTERM/);
    await Promise.all(
      ENDINGS.map(([name, event]) => {
        worker.release(name);
        return records.had(name, event);
      }),
    );
    worker.pass(2_000);
    await Promise.all([
      records.had('returns at its signal', 'completed'),
      records.had('writes at its signal', 'progress'),
    ]);
    // In which a job can end after its AbortSignal.
    worker.pass(2_000);
    ending = await worker.ended;
    await Promise.all(TAKEN_OVER.map((name) => records.had(name, 'completed')));
  });
  afterAll(() => records.close());

  it('ends by the signal, after the hooks of the app', () => {
    expect(ending).toEqual({ code: null, signal: 'SIGTERM' });
    expect(worker.messages.at(-1)).toEqual({ type: 'hook', hook: 'beforeApplicationShutdown SIGTERM' });
  });

  it.each(['ends', 'adds a job', 'returns at its signal'])('job "%s": it is completed', async (queue) => {
    await expect(records.history(queue)).resolves.toEqual(['waiting', 'active', 'completed']);
  });

  it('starts no other job', async () => {
    await expect(records.ids('ends', 'wait')).resolves.toEqual(['next']);
    await expect(records.ids('adds a job', 'wait')).resolves.toEqual(['added']);
  });

  it('lets a job fail, and be moved to delayed by its processor', async () => {
    await expect(records.history('fails')).resolves.toEqual(['waiting', 'active', 'failed', 'retries-exhausted']);
    await expect(records.record('fails')).resolves.toMatchObject({ attemptsMade: '1', failure: 'failed by itself' });
    await expect(records.history('is moved to delayed')).resolves.toEqual(['waiting', 'active', 'delayed']);
  });

  it.each(HANDED_BACK)('job "%s": it is handed back, and untouched', async (queue) => {
    await expect(records.history(queue)).resolves.toEqual(['waiting', 'active', 'waiting']);
    await expect(records.record(queue)).resolves.toEqual(UNTOUCHED);
  });

  it('puts it in the first place of its queue, of its priority, of a paused queue', async () => {
    await expect(records.ids('front', 'wait')).resolves.toEqual(['job', 'next']);
    await expect(records.ids('lifo', 'wait')).resolves.toEqual(['job', 'next']);
    await expect(records.ids('paused', PAUSED_LIST)).resolves.toEqual(['job', 'next']);
    await expect(records.ids('priority', 'prioritized')).resolves.toEqual(['urgent', 'job', 'next']);
    await expect(records.ids('wide', 'wait')).resolves.toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('counts no further attempt of a retried job', async () => {
    await expect(records.record('retried')).resolves.toEqual({
      ...UNTOUCHED,
      attemptsStarted: '1',
      attemptsMade: '1',
      failure: 'failed at first',
    });
  });

  it.each(TAKEN_OVER)('job "%s": it wakes another worker, and the old run changes nothing more', async (queue) => {
    const history = ['waiting', 'active', 'waiting', 'active', 'completed'];
    await expect(records.history(queue)).resolves.toEqual(history);
    await expect(records.field(queue, 'progress')).resolves.toBe('"taken over"');
    await expect(records.record(queue)).resolves.toEqual({ ...UNTOUCHED, attemptsStarted: '1', attemptsMade: '1' });
  });

  it('names the jobs after the dyno, unless their worker has a name', () => {
    expect(namesBefore).toEqual({
      front: 'worker.3',
      named: 'its own',
      'by hand': 'worker.3',
      'of the queue': 'worker.3',
    });
  });

  it('writes one line at the signal and one at the end', () => {
    const lines = worker.lines
      .filter((line) => line.includes('[drainOnShutdown]'))
      .map((line) => line.replace(/.*\] /, ''));
    expect(lines).toEqual([
      expect.stringMatching(
        /^SIGTERM: no worker starts another job\. 27 jobs have 2 s to end: .*; wide a, b, c, d, e; /,
      ),
      expect.stringMatching(/^5 jobs ended, 22 \(.*wide a, b, c, d, e; .*\) were handed back\.$/),
    ]);
  });
});
