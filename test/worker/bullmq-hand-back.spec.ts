/** The script that hands back jobs of BullMQ, after random steps of two workers: no job is lost, and none is twice in its queue. */
import { afterAll, expect, it } from '@jest/globals';

import { Redis } from 'ioredis';
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import { RedisConnection } from '../../lib/redis/redis-connection.js';
import { HAND_BACK } from '../../lib/worker/bullmq-worker.script.js';
import { BullMQDriver, type BullMQTestQueue } from '../bullmq/bullmq-driver.js';
import { BULLMQ_MAJOR } from '../bullmq/major.js';
import type { JobOptions, TakenJob } from '../contract/jobs/driver.js';
import { redisUrl } from '../support/file-redis.js';

const driver = new BullMQDriver();
const redis = new Redis(redisUrl());

afterAll(async () => {
  await driver.close();
  redis.disconnect();
});

/** A queue with a worker that hands its jobs back and another one that does not. */
class Bench {
  readonly ours = driver.open();
  readonly theirs = driver.open({ name: this.ours.name });
  readonly #taken: TakenJob[] = [];
  #added = 0;

  readonly steps = {
    add: () => this.add(),
    addBefore: () => this.add({ lifo: true }),
    addUrgent: () => this.add({ priority: 1 }),
    addLess: () => this.add({ priority: 2 }),
    addRetried: () => this.add({ attempts: 2, priority: 2 }),
    takeOurs: () => this.take(this.ours),
    takeTheirs: () => this.take(this.theirs),
    complete: () => this.#taken.shift()?.complete().catch(ignore),
    fail: () => this.#taken.shift()?.fail().catch(ignore),
    loseLock: () => this.#taken.shift()?.stall().catch(ignore),
    pause: () => this.ours.pause(),
    resume: () => this.ours.resume(),
    handBack: () => this.handBack(),
  };

  async add(options: JobOptions = {}): Promise<void> {
    this.#added += 1;
    await this.ours.add(options);
  }

  async take(queue: BullMQTestQueue): Promise<void> {
    const job = await queue.take();
    if (job) {
      this.#taken.push(job);
    }
  }

  async handBack(): Promise<void> {
    const held = await this.#held();
    const active = await this.#list('active');
    const starts = await this.#startsOf(held);
    const handedBack = await handBackOf(this.ours);

    expect(handedBack).toEqual(held);
    expect(await this.#list('active')).toEqual(active.filter((id) => !held.includes(id)));
    expect(await this.#held()).toEqual([]);
    expect(await this.#startsOf(held)).toEqual(starts.map((count) => count - 1));
    await this.#checkOrder(held);
    await this.#checkAll();
  }

  /** Those without a priority are the next ones of the queue, the oldest first. */
  async #checkOrder(held: readonly string[]): Promise<void> {
    const prioritized = await this.#set('prioritized');
    const line = [...(await this.#list('wait')), ...(await this.#list('paused'))];
    const plain = held.filter((id) => !prioritized.includes(id));
    expect(line.slice(line.length - plain.length)).toEqual(plain);
  }

  /** Every job is in one place. */
  async #checkAll(): Promise<void> {
    const lists = await Promise.all(['wait', 'paused', 'active'].map((name) => this.#list(name)));
    const sets = await Promise.all(['prioritized', 'delayed', 'completed', 'failed'].map((name) => this.#set(name)));
    const ids = [...lists, ...sets].flat().map(Number);
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: this.#added }, (_, place) => place + 1));
  }

  #list(name: string): Promise<string[]> {
    return redis.lrange(this.ours.key(name), 0, -1);
  }

  #set(name: string): Promise<string[]> {
    return redis.zrange(this.ours.key(name), 0, -1);
  }

  #startsOf(ids: readonly string[]): Promise<readonly number[]> {
    return Promise.all(ids.map(async (id) => Number(await redis.hget(this.ours.key(id), 'ats'))));
  }

  /** The jobs that our worker holds, the newest first. */
  async #held(): Promise<readonly string[]> {
    const active = await this.#list('active');
    const locks = await Promise.all(active.map((id) => redis.get(this.ours.key(`${id}:lock`))));
    return active.filter((_, place) => locks[place] === this.ours.token);
  }
}

async function handBackOf(queue: BullMQTestQueue): Promise<unknown> {
  const keys = [queue.key('active'), queue.key('meta')];
  const args = [queue.key(''), queue.token, BULLMQ_MAJOR === 5 ? '1' : '0'];
  return RedisConnection.of(redis)?.run(HAND_BACK, keys, args);
}

const ignore = (): undefined => undefined;
const NAMES = [
  ...['add', 'addBefore', 'addUrgent', 'addLess', 'addRetried', 'takeOurs', 'takeOurs', 'takeTheirs'],
  ...['complete', 'fail', 'loseLock', 'pause', 'resume', 'handBack'],
] as (keyof Bench['steps'])[];

it('loses no job and has none twice, whatever happened before', async () => {
  const sequences = Number(process.env.PROPERTY_SEQUENCES ?? 60);
  await assert(
    asyncProperty(array(constantFrom(...NAMES), { minLength: 3, maxLength: 30 }), async (names) => {
      const bench = new Bench();
      for (const name of names) {
        await bench.steps[name]();
      }
      await bench.handBack();
      await driver.close();
    }),
    { numRuns: sequences },
  );
});

it.each<[string, JobOptions]>([
  ['waits', {}],
  ['waits with a priority', { priority: 1 }],
  ['is delayed', { delay: 3_600_000 }],
])('wakes another worker where a fetch has taken the marker of a job that %s', async (_name, options) => {
  const { ours } = new Bench();
  await ours.add(options);
  await redis.del(ours.key('marker'));
  await handBackOf(ours);

  await expect(redis.zrange(ours.key('marker'), 0, -1)).resolves.toEqual(['0']);
});
