/** The script that hands back jobs of BullMQ. */
import { afterAll, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisConnection } from '../../lib/redis/redis-connection.js';
import { HAND_BACK } from '../../lib/worker/bullmq-worker.script.js';
import { BullMQDriver, type BullMQTestQueue } from '../bullmq/bullmq-driver.js';
import { BULLMQ_MAJOR } from '../bullmq/major.js';
import type { JobOptions } from '../contract/jobs/driver.js';
import { traced } from '../bullmq/traced.js';
import { redisUrl } from '../support/file-redis.js';
import { HandBackBench, randomSteps } from './hand-back-bench.js';

const driver = new BullMQDriver();
const redis = new Redis(redisUrl());

afterAll(async () => {
  await driver.close();
  redis.disconnect();
});

class BullMQBench extends HandBackBench {
  #starts: readonly number[] = [];

  constructor(private readonly queue = driver.open()) {
    const sets = ['prioritized', 'delayed', 'completed', 'failed'];
    super(queue, driver.open({ name: queue.name }), redis, queue.token, sets);
  }

  protected override async run(): Promise<unknown> {
    this.#starts = await this.#startsOf(await this.held());
    return handBackOf(this.queue);
  }

  /** Those without a priority are the next ones of the queue, the oldest first. */
  protected override async check(handedBack: readonly string[]): Promise<void> {
    const prioritized = await this.set('prioritized');
    const line = [...(await this.list('wait')), ...(await this.list('paused'))];
    const plain = handedBack.filter((id) => !prioritized.includes(id));
    expect(line.slice(line.length - plain.length)).toEqual(plain);
    expect(await this.#startsOf(handedBack)).toEqual(this.#starts.map((count) => count - 1));
  }

  #startsOf(ids: readonly string[]): Promise<readonly number[]> {
    return Promise.all(ids.map(async (id) => Number(await redis.hget(this.ours.key(id), 'ats'))));
  }
}

async function handBackOf(queue: BullMQTestQueue): Promise<unknown> {
  const keys = [queue.key('active'), queue.key('meta')];
  const args = [queue.key(''), queue.token, BULLMQ_MAJOR === 5 ? '1' : '0'];
  return RedisConnection.of(redis)?.run(HAND_BACK, keys, args);
}

it('loses no job and has none twice, whatever happened before', async () => {
  await randomSteps(
    () => new BullMQBench(),
    () => driver.close(),
  );
});

it.each<[string, JobOptions]>([
  ['waits', {}],
  ['waits with a priority', { priority: 1 }],
  ['is delayed', { delay: 3_600_000 }],
])('wakes another worker where a fetch has taken the marker of a job that %s', async (_name, options) => {
  const queue = driver.open();
  await queue.add(options);
  await redis.del(queue.key('marker'));
  await handBackOf(queue);

  await expect(redis.zrange(queue.key('marker'), 0, -1)).resolves.toEqual(['0']);
});

it.each<[string, (queue: BullMQTestQueue) => Promise<unknown>]>([
  ['is paused', (queue) => queue.pause()],
  ['runs as many jobs as it may', ({ queue }) => queue.setGlobalConcurrency(1)],
])('wakes no worker of a queue that %s', async (_name, limit) => {
  const theirs = driver.open();
  await theirs.addMany(2);
  await theirs.takeJob();
  await limit(theirs);
  await redis.del(theirs.key('marker'));
  await handBackOf(driver.open({ name: theirs.queue.name }));

  await expect(redis.exists(theirs.key('marker'))).resolves.toBe(0);
});

it('keeps the events of the queue to the length that the app has set', async () => {
  const queue = driver.open();
  await queue.add();
  await queue.takeJob();
  await redis.hset(queue.key('meta'), 'opts.maxLenEvents', 100);
  // Redis removes whole nodes of 100.
  for (let count = 0; count < 300; count++) {
    await redis.xadd(queue.key('events'), '*', 'event', 'paused');
  }
  await handBackOf(queue);

  expect(await redis.xlen(queue.key('events'))).toBeLessThanOrEqual(200);
});

it('leaves a run that the trace drops, because no one knows how long it would have taken', async () => {
  const queue = driver.open();
  await queue.add();
  await queue.take();
  await handBackOf(queue);
  expect(await traced(queue)).toMatchObject({ jobs: [], dropped: 1 });
  await (await queue.take())?.complete();

  expect(await traced(queue)).toMatchObject({ jobs: [[expect.any(Number), expect.any(Number)]], dropped: 1 });
});
