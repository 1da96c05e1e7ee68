/** Rules that hold for every replay, whatever its jobs and its manager. */
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { always, DEFAULTS, played, workerManager, workload } from './support.js';

const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
/** Whole seconds, so that many events fall on one instant. */
const jobsBefore = (seconds: number) =>
  fc.array(fc.tuple(between(0, seconds), between(0, 150)), { minLength: 1, maxLength: 40 });
const settings = fc.record({
  slots: between(1, 3),
  boot: between(0, 70),
  checkupFrequency: fc.constantFrom(15, 30, 60),
});

const managers = fc
  .record({
    minimum: between(0, 2),
    more: between(1, 4),
    ratio: between(1, 6),
    latency: between(1, 60),
    isSize: fc.boolean(),
    decrementable: fc.boolean(),
    protect: fc.boolean(),
  })
  .map(({ minimum, more, ratio, latency, isSize, decrementable, protect }) => ({
    ...{ minimum, maximum: minimum + more, protect },
    ...(isSize
      ? { type: 'job-queue-size' as const, ratio, decrementable }
      : { type: 'job-queue-latency' as const, minimumLatency: latency, maximumLatency: 2 * latency }),
  }));

it('every job ends once, in dynos that are paid for', () => {
  fc.assert(
    fc.property(jobsBefore(600), managers, settings, (jobs, given, how) => {
      const { waits, dynoSeconds, seconds, interrupted, endless } = played(
        workload(jobs, 600),
        workerManager(given),
        how,
      );
      fc.pre(!endless);

      expect(waits).toHaveLength(jobs.length);
      expect(waits.every((wait) => wait >= 0)).toBe(true);
      // Each starts in a slot of a dyno, and takes its time: the interrupted runs, up to 30 s and more each, come on top.
      const work = jobs.reduce((sum, [, took]) => sum + took, 0);
      expect(dynoSeconds * how.slots).toBeGreaterThanOrEqual(work + 30 * interrupted);
      expect(dynoSeconds).toBeGreaterThanOrEqual(given.minimum * seconds);
      // At most one stopping dyno per checkup within the grace stands next to each wanted one.
      expect(dynoSeconds).toBeLessThanOrEqual(given.maximum * 3 * (seconds + 30));
      // No job of a dyno that is protected is interrupted.
      expect(given.protect ? interrupted : 0).toBe(0);
    }),
    { numRuns: 200 },
  );
});

it('fixed dynos are a line with that many servers', () => {
  fc.assert(
    fc.property(jobsBefore(300), between(1, 5), between(1, 3), (jobs, dynos, slots) => {
      const free = new Array<number>(dynos * slots).fill(0);
      const sorted = jobs.toSorted(([one], [other]) => one - other);
      const expected = sorted.map(([ready, took]) => {
        const start = Math.max(ready, Math.min(...free));
        free[free.indexOf(Math.min(...free))] = start + took;
        return start - ready;
      });

      const { waits, dynoSeconds, seconds } = played(workload(jobs, 300), always(dynos), { ...DEFAULTS, slots });
      expect(waits).toEqual(expected);
      expect([dynoSeconds, seconds]).toEqual([dynos * seconds, Math.max(300, ...free)]);
    }),
    { numRuns: 200 },
  );
});
