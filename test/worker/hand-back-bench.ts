/** Random steps of two workers before a hand-back: no job is lost, and none is twice in its queue. */
import { expect } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom } from 'fast-check';
import type { Redis } from 'ioredis';
import type { JobOptions, TakenJob } from '../contract/jobs/driver.js';
import type { RedisTestQueue } from '../contract/redis/driver.js';

/** A queue with a worker that hands its jobs back and another one that does not. */
export abstract class HandBackBench {
  readonly #taken: TakenJob[] = [];
  #added = 0;

  /**
   * @param token - begins the locks of our worker
   * @param sets - the sorted sets in which a job can be
   */
  constructor(
    readonly ours: RedisTestQueue<unknown>,
    private readonly theirs: RedisTestQueue<unknown>,
    private readonly redis: Redis,
    private readonly token: string,
    private readonly sets: readonly string[],
  ) {}

  readonly steps = {
    add: () => this.add(),
    addBefore: () => this.add({ lifo: true }),
    addUrgent: () => this.add({ priority: 1 }),
    addLess: () => this.add({ priority: 2 }),
    addRetried: () => this.add({ attempts: 2, priority: 2 }),
    takeOurs: () => this.take(),
    takeTheirs: () => this.take(this.theirs),
    complete: () => this.#taken.shift()?.complete().catch(ignore),
    fail: () => this.#taken.shift()?.fail().catch(ignore),
    loseLock: () => this.#taken.shift()?.stall().catch(ignore),
    lookForStalled: () => this.#lookForStalled(),
    pause: () => this.ours.pause(),
    resume: () => this.ours.resume(),
    handBack: () => this.handBack(),
  };

  /** Runs the script of the library. */
  protected abstract run(): Promise<unknown>;
  /** Checks what only this library keeps. */
  protected abstract check(handedBack: readonly string[]): Promise<void>;

  async add(options: JobOptions = {}): Promise<void> {
    this.#added += 1;
    await this.ours.add(options);
  }

  async take(queue = this.ours): Promise<void> {
    const job = await queue.take();
    if (job) {
      this.#taken.push(job);
    }
  }

  async handBack(): Promise<void> {
    const held = await this.held();
    const active = await this.list('active');

    expect(await this.run()).toEqual(held);
    expect(await this.list('active')).toEqual(active.filter((id) => !held.includes(id)));
    expect(await this.held()).toEqual([]);
    const stalled = await this.redis.smembers(this.ours.key('stalled'));
    expect(stalled.filter((id) => held.includes(id))).toEqual([]);
    await this.check(held);
    await this.#checkPlaces();
  }

  /** A worker's regular look: a job that has no lock at its next one is stalled. */
  async #lookForStalled(): Promise<void> {
    const active = await this.list('active');
    if (active.length > 0) {
      await this.redis.sadd(this.ours.key('stalled'), ...active);
    }
  }

  /** Every job is in one place. */
  async #checkPlaces(): Promise<void> {
    const lists = await Promise.all(['wait', 'paused', 'active'].map((name) => this.list(name)));
    const sets = await Promise.all(this.sets.map((name) => this.set(name)));
    const ids = [...lists, ...sets].flat().map(Number);
    expect(ids.sort((a, b) => a - b)).toEqual(Array.from({ length: this.#added }, (_, place) => place + 1));
  }

  list(name: string): Promise<string[]> {
    return this.redis.lrange(this.ours.key(name), 0, -1);
  }

  set(name: string): Promise<string[]> {
    return this.redis.zrange(this.ours.key(name), 0, -1);
  }

  /** The jobs that our worker holds, the newest first. */
  async held(): Promise<readonly string[]> {
    const active = await this.list('active');
    const locks = await Promise.all(active.map((id) => this.redis.get(this.ours.key(`${id}:lock`))));
    return active.filter((_, place) => locks[place] === this.token);
  }
}

const ignore = (): undefined => undefined;
const NAMES = [
  ...['add', 'addBefore', 'addUrgent', 'addLess', 'addRetried', 'takeOurs', 'takeOurs', 'takeTheirs'],
  ...['complete', 'fail', 'loseLock', 'lookForStalled', 'pause', 'resume', 'handBack'],
] as (keyof HandBackBench['steps'])[];

export async function randomSteps(open: () => HandBackBench, close: () => Promise<void>): Promise<void> {
  await assert(
    asyncProperty(array(constantFrom(...NAMES), { minLength: 3, maxLength: 30 }), async (names) => {
      const bench = open();
      for (const name of names) {
        await bench.steps[name]();
      }
      await bench.handBack();
      await close();
    }),
    { numRuns: Number(process.env.PROPERTY_SEQUENCES ?? 60) },
  );
}
