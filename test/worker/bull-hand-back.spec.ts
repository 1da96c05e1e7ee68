/** The script that hands back jobs of Bull. */
import { afterAll, expect, it } from '@jest/globals';
import { RedisConnection } from '../../lib/redis/redis-connection.js';
import { HAND_BACK } from '../../lib/worker/bull-hand-back.script.js';
import { BullDriver } from '../bull/bull-driver.js';
import { HandBackBench, randomSteps } from './hand-back-bench.js';

const driver = new BullDriver();

afterAll(() => driver.close());

class BullBench extends HandBackBench {
  /** By which our worker locks jobs. */
  readonly #token: string;

  constructor(private readonly queue = driver.open()) {
    const token = String(Reflect.get(queue.queue, 'token'));
    super(queue, driver.open({ name: queue.name }), queue.client, token, ['delayed', 'completed', 'failed']);
    this.#token = token;
  }

  protected override async run(): Promise<unknown> {
    const keys = [this.ours.key('active'), this.ours.key('wait')];
    return RedisConnection.of(this.queue.client)?.run(HAND_BACK, keys, [this.ours.key(''), this.#token]);
  }

  /** Only prioritized jobs in line have a place among the priorities. */
  protected override async check(): Promise<void> {
    const line = [...(await this.list('wait')), ...(await this.list('paused'))];
    expect(line).toEqual(expect.arrayContaining(await this.set('priority')));
  }
}

it('loses no job and has none twice, whatever happened before', async () => {
  await randomSteps(
    () => new BullBench(),
    () => driver.close(),
  );
});

it('puts a prioritized job before its equals and behind all that are more urgent', async () => {
  const bench = new BullBench();
  await bench.add({ priority: 2 });
  await bench.take();
  for (const priority of [3, 2, 1, 1]) {
    await bench.add({ priority });
  }
  // A job that was pushed to the front shifts the others.
  await bench.add({ lifo: true });
  await bench.handBack();

  expect((await bench.list('wait')).reverse()).toEqual(['6', '4', '5', '1', '3', '2']);
});
