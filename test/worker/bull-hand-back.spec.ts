/** The script that hands back jobs of Bull, after random steps of two workers: no job is lost, and none is twice in its queue. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { asyncProperty, assert, constantFrom, array } from 'fast-check';
import { RedisConnection } from '../../lib/redis/redis-connection.js';
import { HAND_BACK } from '../../lib/worker/bull-hand-back.script.js';
import { BullDriver, type BullTestQueue } from '../bull/bull-driver.js';
import type { TakenJob } from '../contract/jobs/driver.js';

const driver = new BullDriver();

afterAll(() => driver.close());

/** A queue with a worker that hands its jobs back and another one that does not. */
class Bench {
  readonly ours: BullTestQueue;
  readonly theirs: BullTestQueue;
  /** By which our worker locks jobs. */
  readonly token: string;
  readonly #taken: TakenJob[] = [];
  #added = 0;

  constructor() {
    this.ours = driver.open();
    this.theirs = driver.open({ name: this.ours.name });
    this.token = String(Reflect.get(this.ours.queue, 'token'));
  }

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

  async add(options: object = {}): Promise<void> {
    this.#added += 1;
    await this.ours.add(options);
  }

  async take(queue: BullTestQueue): Promise<void> {
    const job = await queue.take();
    if (job) {
      this.#taken.push(job);
    }
  }

  async handBack(): Promise<void> {
    const held = await this.held();
    const active = await this.list('active');
    const keys = [this.ours.key('active'), this.ours.key('wait')];
    const args = [this.ours.key(''), this.token];
    const handedBack = await RedisConnection.of(this.ours.client)?.run(HAND_BACK, keys, args);

    expect(handedBack).toEqual(held);
    expect(await this.list('active')).toEqual(active.filter((id) => !held.includes(id)));
    expect(await this.held()).toEqual([]);
    await this.checkAll();
  }

  /** Every job is in one place, and only prioritized jobs in line have a place among the priorities. */
  async checkAll(): Promise<void> {
    const lists = await Promise.all(['wait', 'paused', 'active'].map((name) => this.list(name)));
    const sets = await Promise.all(['delayed', 'completed', 'failed', 'priority'].map((name) => this.set(name)));
    const priorities = sets.pop() ?? [];
    const ids = [...lists, ...sets].flat();

    expect(ids.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: this.#added }, (_, place) => place + 1));
    expect(lists.slice(0, 2).flat()).toEqual(expect.arrayContaining(priorities));
  }

  list(name: string): Promise<string[]> {
    return this.ours.client.lrange(this.ours.key(name), 0, -1);
  }

  private set(name: string): Promise<string[]> {
    return this.ours.client.zrange(this.ours.key(name), 0, -1);
  }

  /** The jobs that our worker holds, the newest first. */
  private async held(): Promise<readonly string[]> {
    const active = await this.list('active');
    const locks = await Promise.all(active.map((id) => this.ours.client.get(this.ours.key(`${id}:lock`))));
    return active.filter((_, place) => locks[place] === this.token);
  }
}

const ignore = (): undefined => undefined;
const NAMES = [
  ...['add', 'addBefore', 'addUrgent', 'addLess', 'addRetried', 'takeOurs', 'takeOurs', 'takeTheirs'],
  ...['complete', 'fail', 'loseLock', 'pause', 'resume', 'handBack'],
] as (keyof Bench['steps'])[];

describe('handing back', () => {
  it('loses no job and has none twice, whatever happened before', async () => {
    const sequences = Number(process.env.PROPERTY_SEQUENCES ?? 100);
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

  it('puts a prioritized job before its equals and behind all that are more urgent', async () => {
    const bench = new Bench();
    await bench.add({ priority: 2 });
    await bench.take(bench.ours);
    for (const priority of [3, 2, 1, 1]) {
      await bench.add({ priority });
    }
    // A job that was pushed to the front shifts the others.
    await bench.add({ lifo: true });
    await bench.handBack();

    expect((await bench.list('wait')).reverse()).toEqual(['6', '4', '5', '1', '3', '2']);
  });
});
