/** A worker of Bull 4, drained within the process of the test. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { DrainableBullQueue, isBullQueue } from '../../lib/worker/bull-worker.js';
import { redisAccess } from '../support/file-redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';

const queues: Queue[] = [];

afterEach(() => Promise.all(queues.splice(0).map((queue) => queue.close(true))));

function drainable(queue: Queue): DrainableBullQueue {
  const worker: unknown = queue;
  if (!isBullQueue(worker)) {
    throw new Error('not a queue of Bull');
  }
  return new DrainableBullQueue(worker);
}

async function passes(steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await Promise.resolve();
  }
}

it('either completes a job that ends in the moment of the hand-back, or hands it back', async () => {
  // As many steps of the worker come before the hand-back.
  for (let steps = 0; steps < 30; steps++) {
    const queue = new Bull(randomUUID(), { redis: redisAccess() });
    queues.push(queue);
    const events = new EventEmitter();
    const released = once(events, 'release');
    const active = once(queue, 'active');
    void queue.process(() => released);
    await queue.add({});
    await active;
    const drained = drainable(queue);
    drained.stop();
    events.emit('release');
    await passes(steps);
    const handedBack = await drained.handBack();
    // Whatever the old run still sends.
    await passes(100);
    await queue.client.ping();

    const { waiting, active: running, completed, failed } = await queue.getJobCounts();
    const isHeld = handedBack.length;
    expect({ waiting, running, completed, failed }).toEqual({
      ...{ waiting: isHeld, running: 0, completed: 1 - isHeld, failed: 0 },
    });
  }
});

it('waits for Redis with a job that has ended while it was away', async () => {
  const redis = redisAccess();
  const line = await TcpProxy.reserve(redis.port);
  await line.start();
  const name = randomUUID();
  const queue = new Bull(name, { redis: { ...redis, port: line.port } });
  const records = new Bull(name, { redis });
  queues.push(queue, records);
  queue.on('error', () => undefined);
  const events = new EventEmitter();
  const released = once(events, 'release');
  void queue.process(() => released);
  const drained = drainable(queue);
  const active = once(queue, 'active');
  const { id } = await queue.add({});
  await active;
  await line.kill();
  drained.stop();
  events.emit('release');
  await new Promise(setImmediate);

  // Longer than any fetch takes.
  jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
  expect({ isDone: drained.isDone(), running: drained.running() }).toEqual({ isDone: false, running: [String(id)] });
  await line.start();
  while (!drained.isDone()) {
    await new Promise(setImmediate);
  }
  jest.restoreAllMocks();
  expect(drained.running()).toEqual([]);
  expect(await records.getJobCounts()).toMatchObject({ waiting: 0, active: 0, completed: 1 });
  await queue.close(true);
  await line.stop();
});

describe('a worker whose fetches wait in Redis', () => {
  interface Worker {
    readonly drained: DrainableBullQueue;
    readonly producer: Queue;
  }

  /** The number of the connection that fetches, once it does. */
  async function fetcherOf(queue: Queue, former?: string): Promise<string> {
    for (;;) {
      const { id } = (await queue.getWorkers()).find(({ cmd }) => cmd === 'brpoplpush') ?? {};
      if (id !== undefined && id !== former) {
        return id;
      }
      await new Promise(setImmediate);
    }
  }

  async function unnumbered(): Promise<Worker & { readonly queue: Queue; readonly fetcher: string }> {
    const [name, settings] = [randomUUID(), { drainDelay: 3600 }];
    const queue = new Bull(name, { redis: redisAccess(), settings });
    const producer = new Bull(name, { redis: redisAccess() });
    queues.push(queue, producer);
    void queue.process(2, () => undefined);
    const fetcher = await fetcherOf(queue);
    return { drained: drainable(queue), producer, queue, fetcher };
  }

  /** Its connection is lost in this moment. */
  async function unconnected(): Promise<Worker> {
    const { drained, producer, queue, fetcher } = await unnumbered();
    const bclient: unknown = Reflect.get(queue, 'bclient');
    const lost = bclient instanceof EventEmitter && once(bclient, 'close');
    await producer.client.client('KILL', 'ID', fetcher);
    await lost;
    return { drained, producer };
  }

  /** Its jobs have answered the question for the number, which is another since. */
  async function renumbered(): Promise<Worker> {
    const { drained, producer, queue, fetcher } = await unnumbered();
    const jobs = await producer.addBulk([{ data: {} }, { data: {} }]);
    await Promise.all(jobs.map((job) => job.finished().then(() => undefined)));
    await fetcherOf(queue);
    await producer.client.client('KILL', 'ID', fetcher);
    await fetcherOf(queue, fetcher);
    return { drained, producer };
  }

  async function expectThreeToWait(producer: Queue): Promise<void> {
    await Promise.all([1, 2, 3].map(() => producer.add({})));
    expect(await producer.getJobCounts()).toMatchObject({ waiting: 3, active: 0 });
  }

  it.each([
    ['before the number of its connection is known', unnumbered],
    ['while its connection is lost', unconnected],
    ['after its connection was replaced', renumbered],
  ])('is done once Redis has ended them, and takes no job, %s', async (_moment, start) => {
    jest.spyOn(performance, 'now').mockReturnValue(performance.now());
    const { drained, producer } = await start();
    drained.stop();
    while (!drained.isDone()) {
      await new Promise(setImmediate);
    }
    jest.restoreAllMocks();

    await expectThreeToWait(producer);
    expect(await drained.handBack()).toEqual([]);
  });

  it('takes no job once it has handed back', async () => {
    const { drained, producer } = await unnumbered();
    drained.stop();
    expect(await drained.handBack()).toEqual([]);

    await expectThreeToWait(producer);
  });
});
