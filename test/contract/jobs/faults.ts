/** A broker that is away or silent: what HireFire is answered, and what piles up meanwhile. */
import { describe, expect, it } from '@jest/globals';
import { poll } from '../../support/apps.js';
import { failed, jobsLeft, NEVER, TestApp } from './app.js';
import { can, type Broker, type JobsDriver } from './driver.js';

export function faults<Q, B extends Broker>(driver: JobsDriver<Q, B>): void {
  describe('a broker that is', () => {
    const test = new TestApp(driver);
    const down = failed(expect.stringMatching(driver.down));
    const jobsAfterRestart = (count: number): number => (can(driver, 'durable') ? count : 0);

    it('killed fails polls at once, piles nothing up over 100 of them, and the first poll after the reconnection is right', async () => {
      await test.broker.start();
      await test.start({ timeout: NEVER });
      await test.mail.add();
      expect(await poll(test.app)).toEqual(jobsLeft(1));

      await Promise.all([test.link.untilLost(), test.broker.kill()]);
      for (let count = 1; count <= 100; count++) {
        expect(await poll(test.app)).toEqual(down);
      }
      expect(test.link.pending).toBe(0);

      await test.broker.start();
      await test.link.untilReady();
      await test.images.add();
      expect(await poll(test.app)).toEqual(jobsLeft(jobsAfterRestart(1) + 1));
    });

    it('frozen fails polls within the time-out, piles nothing up over 15 of them, and the first poll after it is right', async () => {
      await test.broker.start();
      await test.start({ timeout: 299 });
      await test.mail.add();
      await test.link.untilReady();

      test.broker.freeze();
      for (let count = 1; count <= 15; count++) {
        expect((await poll(test.app)).status).toBe(503);
      }
      // A client may give a request up after the poll has ended. None ends while the broker is frozen.
      await test.pendsAtMost(test.link.perPoll ?? 1);
      expect(test.link.pending).toBeLessThanOrEqual(test.link.perPoll ?? 1);

      test.endTimeouts();
      test.broker.thaw();
      await test.link.untilReady();
      expect(await poll(test.app)).toEqual(jobsLeft(1));
      // The reading that an earlier poll waited for may run once more; then nothing is left.
      await test.pendsAtMost(0);
    });

    it('restarted between two polls is measured again', async () => {
      await test.broker.start();
      await test.start({ timeout: NEVER });
      expect((await poll(test.app)).status).toBe(200);
      await Promise.all([test.link.untilLost(), test.broker.kill()]);
      await test.broker.start();
      await test.link.untilReady();
      await test.mail.add();

      expect(await poll(test.app)).toEqual(jobsLeft(1));
    });

    if (can(driver, 'starts without broker')) {
      it('down when the app starts fails polls, keeps no command of ours, and is right once it is there', async () => {
        await test.start({ timeout: 499 });
        // The library may have asked for something by itself.
        const own = test.link.pending;
        for (let count = 1; count <= 4; count++) {
          expect((await poll(test.app)).status).toBe(503);
        }
        await test.pendsAtMost(own);
        expect(test.link.pending).toBe(own);

        test.endTimeouts();
        await test.broker.start();
        await test.link.untilReady();
        await test.mail.add();
        expect(await poll(test.app)).toEqual(jobsLeft(1));
      });
    }
  });
}
