/** Bull and BullMQ keep the contracts of jobs and of Redis, and some rules of their family. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { casesOf, jobsContract } from '../contract/jobs/contract.js';
import type { Ability, TestJob } from '../contract/jobs/driver.js';
import { property, SEQUENCES } from '../contract/jobs/property.js';
import { procsOf, runCases } from '../contract/jobs/run-cases.js';
import { redisContract } from '../contract/redis/contract.js';
import type { RedisDriver, RedisTestQueue } from '../contract/redis/driver.js';
import { BULL_FAMILY_CASES } from './cases.js';
import { longBacklog } from './long-backlog.js';

export const BULL_FAMILY_ABILITIES: readonly Ability[] = [
  ...(['latency', 'active', 'priority', 'lifo', 'delay', 'moves due jobs', 'attempts', 'back-off'] as const),
  ...(['exponential back-off', 'stall', 'pause', 'repeat', 'remove', 'promote', 'retry'] as const),
  ...(['stopped clock', 'starts without broker', 'worker process'] as const),
];

export interface FamilyJob extends TestJob {
  /** Removes its data only: its place in the queue then points nowhere. */
  vanish(): Promise<unknown>;
}

export interface FamilyTestQueue<Q = unknown> extends RedisTestQueue<Q> {
  add(...options: Parameters<RedisTestQueue<Q>['add']>): Promise<FamilyJob>;
}

interface FamilyDriver<Q> extends RedisDriver<Q> {
  open(...place: Parameters<RedisDriver<Q>['open']>): FamilyTestQueue<Q>;
}

export function bullFamilyContract<Q>(driver: FamilyDriver<Q>): void {
  jobsContract(driver);
  redisContract(driver);

  describe(`what Bull and BullMQ share, with ${driver.library}`, () => {
    afterAll(() => driver.close());
    describe('size and latency of', () => {
      runCases(driver, BULL_FAMILY_CASES, () => driver.open());
    });
    describe.each([
      { where: 'with a custom prefix', place: { prefix: 'my:app' } },
      { where: 'with a Cluster hash tag', place: { prefix: '{queues}' } },
    ])('size and latency $where of', ({ place }) => {
      runCases(driver, [...casesOf(driver), ...BULL_FAMILY_CASES], () => driver.open(place));
    });

    const clock = driver.clock();
    const { Worker } = procsOf(driver);

    it('a hundred queues have each their own number', async () => {
      const queues = Array.from({ length: 100 }, () => driver.open());
      await Promise.all(queues.map((queue, index) => queue.addMany(index % 7)));
      await clock.pass(100);

      const procs = queues.map(({ queue }) => new Worker(queue));
      expect(await Promise.all(procs.map((proc) => proc.quantity()))).toEqual(queues.map((_, index) => index % 7));
      expect(await Promise.all(procs.map((proc) => proc.latency()))).toEqual(
        queues.map((_, index) => (index % 7 === 0 ? 0 : 0.1)),
      );
      expect(await new Worker(...queues.map(({ queue }) => queue)).quantity()).toBe(295);
    });

    it('two queue objects of one queue count once', async () => {
      const one = driver.open();
      const other = driver.open({ name: one.name });
      await one.addMany(3);
      await clock.pass(100);

      const proc = new Worker(one.queue, other.queue, one.queue);
      expect(await proc.quantity()).toBe(3);
      expect(await proc.latency()).toBe(0.1);
    });

    property(driver, [
      { what: 'long backlogs, which are not walked', count: Math.ceil(SEQUENCES / 15), of: longBacklog },
    ]);
  });
}
