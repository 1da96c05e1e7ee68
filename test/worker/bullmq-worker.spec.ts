/** A worker of BullMQ, drained within the process of the test. */
import { afterAll, afterEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Worker, type Processor, type WorkerOptions } from 'bullmq';
import { EventEmitter, once } from 'node:events';
import { setImmediate as tick } from 'node:timers/promises';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc } from '../../lib/index.js';
import { DrainableBullMQWorker, isBullMQWorker } from '../../lib/worker/bullmq-worker.js';
import { redisUrl } from '../support/file-redis.js';
import { BullMQRecords } from './bullmq-records.js';

const records = new BullMQRecords(redisUrl());
const events = new EventEmitter();
const workers: Worker[] = [];
let queues = 0;

afterEach(async () => {
  events.emit('release');
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});
afterAll(() => records.close());

/** A worker that runs a job, until the test lets it end. The job is called like the worker. */
async function busy(
  run?: Processor,
  queue = `busy ${(queues += 1)}`,
  options: Partial<WorkerOptions> = {},
): Promise<{ queue: string; worker: Worker }> {
  const released = once(events, 'release');
  const { connection, prefix } = records;
  const worker = new Worker(queue, run ?? (() => released), { connection, prefix, ...options });
  workers.push(worker);
  const active = once(worker, 'active');
  await records.add(queue, 'holds', { jobId: options.name ?? 'job' });
  await active;
  return { queue, worker };
}

function drainable(worker: unknown): DrainableBullMQWorker {
  if (!isBullMQWorker(worker)) {
    throw new Error('not a worker of BullMQ');
  }
  return new DrainableBullMQWorker(worker, 'worker.3');
}

/** Looks again and again, at most until the test is over. */
async function until(holds: () => boolean): Promise<void> {
  const over = new AbortController();
  events.once('release', () => over.abort());
  while (!holds() && !over.signal.aborted) {
    await tick();
  }
}

it.each<[string, (worker: Worker) => Promise<void>]>([
  ['pause(true)', (worker) => worker.pause(true)],
  // It fails when the worker is closed meanwhile.
  ['pause(), which still waits', async (worker) => void worker.pause().catch(() => undefined)],
])('waits for the job of a worker that the app has paused by %s', async (_name, pause) => {
  const { queue, worker } = await busy();
  const drained = drainable(worker);
  await pause(worker);
  drained.stop();
  await worker.waitUntilReady();

  expect({ isDone: drained.isDone(), running: drained.running() }).toEqual({ isDone: false, running: ['job'] });
  events.emit('release');
  await records.had(queue, 'completed');
  await expect(drained.handBack()).resolves.toEqual([]);
});

it('starts no job of a worker that the app resumes later', async () => {
  const { queue, worker } = await busy();
  const drained = drainable(worker);
  drained.stop();
  await records.add(queue, 'holds', { jobId: 'next' });
  await worker.resume();
  events.emit('release');
  await records.had(queue, 'completed');

  await expect(records.ids(queue, 'wait')).resolves.toEqual(['next']);
  expect(worker.isPaused()).toBe(true);
});

it('names a job over the name that an earlier run has left', async () => {
  const { queue, worker } = await busy();
  await records.setField(queue, 'pb', 'worker.9');
  drainable(worker);
  // By the worker's connection, as the name was.
  events.emit('release');
  await records.had(queue, 'completed');

  await expect(records.field(queue, 'pb')).resolves.toBe('worker.3');
});

/** Resolves once its job has the worker's name. */
async function nameJobs(queue: string, worker: Worker): Promise<void> {
  drainable(worker);
  let name: string | null;
  do {
    name = await records.field(queue, 'pb');
  } while (name !== 'worker.3');
}

@HireFireProc('worker', { protect: { ratio: 5 } })
class Protected extends BullMQProc {}

it('protects a job that gets the name of its worker after a poll', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const { queue, worker } = await busy();
  await busy(undefined, queue, { name: 'worker.1' });
  const proc = new Protected(records.queue(queue));
  await expect(proc.quantity()).resolves.toBe(2);

  await nameJobs(queue, worker);
  await expect(proc.quantity()).resolves.toBe(11);
  expect(warn).toHaveBeenCalledTimes(1);
});

it('protects a job that started in another worker before one got its name, next to a job that had it from an earlier run', async () => {
  const { queue, worker } = await busy(undefined, undefined, { concurrency: 2 });
  const active = once(worker, 'active');
  await records.add(queue, 'holds', { jobId: 'second' });
  await active;
  await records.setField(queue, 'pb', 'worker.3', 'second');
  const proc = new Protected(records.queue(queue));
  await expect(proc.quantity()).resolves.toBe(11);
  await busy(undefined, queue, { name: 'worker.9' });

  await nameJobs(queue, worker);
  await expect(proc.quantity()).resolves.toBe(41);
});

it('either completes a job that ends in the moment of the hand-back, or hands it back', async () => {
  // As many steps of the worker come before the hand-back.
  for (let steps = 0; steps < 30; steps++) {
    const { queue, worker } = await busy();
    const drained = drainable(worker);
    drained.stop();
    events.emit('release');
    for (let step = 0; step < steps; step++) {
      await Promise.resolve();
    }
    const handedBack = await drained.handBack();
    await records.takeOver(queue);
    await records.had(queue, 'completed');
    // BullMQ leaves a connection open if it is closed while it makes one.
    await until(() => handedBack.length > 0 || drained.isDone());
    drained.leave();

    const again = handedBack.length === 0 ? [] : ['waiting', 'active'];
    expect(await records.history(queue)).toEqual(['waiting', 'active', ...again, 'completed']);
  }
});

it('leaves the jobs of others in its process alone', async () => {
  const { queue, worker } = await busy();
  const drained = drainable(worker);
  drained.stop();
  await drained.handBack();
  await (await records.queue(queue).getJob('job'))?.updateProgress('by another');
  drained.leave();

  await expect(records.field(queue, 'progress')).resolves.toBe('"by another"');
});

it('is done once its jobs have thrown at their signal', async () => {
  const { worker } = await busy(async (_job, _token, signal) => {
    await new Promise((abort) => signal?.addEventListener('abort', abort));
    throw new Error('aborted');
  });
  const drained = drainable(worker);
  await until(() => drained.running().length > 0);
  drained.stop();
  const later = performance.now() + 2_001;
  jest.spyOn(performance, 'now').mockImplementation(() => later);
  expect(drained.isDone()).toBe(false);
  drained.abort();
  await until(() => drained.isDone());
  jest.restoreAllMocks();

  expect(await drained.handBack()).toEqual(['job']);
  drained.leave();
});
