/** Every backend keeps this contract: numbers case by case and at random, faults, a real worker. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { ACTIVE_CASES } from './cases/active.js';
import { DELAYED_CASES } from './cases/delayed.js';
import { PAUSED_CASES } from './cases/paused.js';
import { retriedCases } from './cases/retried.js';
import { WAITING_CASES } from './cases/waiting.js';
import { can, type Broker, type JobsDriver } from './driver.js';
import { faults } from './faults.js';
import { property } from './property.js';
import { expectLatency, procsOf, runCases } from './run-cases.js';
import { workers } from './workers.js';

export function jobsContract<Q, B extends Broker>(driver: JobsDriver<Q, B>): void {
  describe(`the contract of jobs, with ${driver.library}`, () => {
    afterAll(() => driver.close());
    describe('size and latency of', () => {
      runCases(driver, casesOf(driver), () => driver.open());
    });
    severalQueues(driver);
    property(driver);
    faults(driver);
    if (can(driver, 'worker process')) {
      workers(driver);
    }
  });
}

export function casesOf({ growth }: Pick<JobsDriver<never>, 'growth'>) {
  return [...WAITING_CASES, ...DELAYED_CASES, ...retriedCases(growth), ...ACTIVE_CASES, ...PAUSED_CASES];
}

function severalQueues<Q>(driver: JobsDriver<Q>): void {
  describe('several queues', () => {
    const clock = driver.clock();
    const { Lean } = procsOf(driver);

    it('add up to one size, and the oldest job of all is the latency', async () => {
      const [mail, images, reports] = [driver.open(), driver.open(), driver.open()];
      const begin = performance.now();
      await reports.add();
      await clock.pass(250);
      await mail.add();
      await mail.add();
      await images.add();
      await clock.pass(500);

      const proc = new Lean(mail.queue, images.queue, reports.queue);
      expect(await proc.quantity()).toBe(4);
      if (can(driver, 'latency')) {
        expectLatency(driver, await proc.latency(), 0.75, begin);
      }
    });

    it('count once when they are the same one', async () => {
      const queue = driver.open();
      await queue.addMany(3);

      expect(await new Lean(queue.queue, driver.of(queue.queue).queue).quantity()).toBe(3);
    });
  });
}
