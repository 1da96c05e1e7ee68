/** A real worker of the library, in its own process: killed, replaced, asked to stop. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { stoppedRedisClock } from '../../support/redis-clock.js';
import type { JobsDriver } from './driver.js';
import { procsOf } from './run-cases.js';
import { WorkerProcess } from './worker-process.js';

export function workers<Q>(driver: JobsDriver<Q>): void {
  describe('a real worker', () => {
    // The real time at first, because the worker has no other.
    const clock = stoppedRedisClock(Date.now);
    const { Worker, Lean } = procsOf(driver);
    afterEach(() => WorkerProcess.killAll());

    it('is counted by the jobs that it has: busy, killed, replaced, done, asked to stop, and gone', async () => {
      const tested = driver.open();
      const [worker, lean] = [new Worker(tested.queue), new Lean(tested.queue)];
      const measured = () => Promise.all([worker.quantity(), lean.quantity(), worker.latency()]);
      const start = () => new WorkerProcess(driver.worker, tested.name, 3);
      await tested.addMany(10);
      clock.pass(60_000);
      expect(await measured()).toEqual([10, 10, 60]);

      const killed = start();
      await killed.told('started', 3);
      expect(await measured()).toEqual([10, 7, 60]);

      killed.release(4);
      await killed.told('completed', 4);
      const lost = (await killed.told('started', 7)).slice(4);
      expect(await measured()).toEqual([6, 3, 60]);

      await killed.kill();
      expect(await measured()).toEqual([6, 3, 60]);

      const second = start();
      await second.told('started', 3);
      expect(await measured()).toEqual([6, 0, 0]);

      // As if the time had passed after which a worker that is not heard of is taken for dead.
      await tested.expireLocks(lost.map(({ id }) => id));
      await second.told('stalled', 3);
      const age = (Date.now() - Math.min(...lost.map(({ since }) => since))) / 1000;
      expect(await measured()).toEqual([6, 3, age]);

      second.release(6);
      await second.told('completed', 6);
      expect(await measured()).toEqual([0, 0, 0]);

      await tested.addMany(4);
      clock.pass(500);
      await second.told('started', 9);
      expect(await measured()).toEqual([4, 1, 0.5]);

      second.terminate();
      await second.told('closing', 1);
      expect(await measured()).toEqual([4, 1, 0.5]);
      second.release(3);
      expect(await second.ended()).toEqual([0, null]);
      expect(await measured()).toEqual([1, 1, 0.5]);
    });
  });
}
