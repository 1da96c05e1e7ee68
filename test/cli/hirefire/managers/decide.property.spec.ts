/** Properties of every decision, for any manager and any history. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide, newHistory, type Checkup, type History } from '../../../../cli/hirefire/managers/decide.js';
import type { Manager } from '../../../../cli/hirefire/managers/schema.js';
import { boundsAt } from '../../../../cli/hirefire/managers/time-ranges.js';
import { manager } from './support.js';

const between = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });

const bounds = fc.tuple(between(0, 8), between(0, 8)).map(([one, other]) => ({
  minimum: Math.min(one, other),
  maximum: Math.max(one, other),
}));

const thresholds = (low: string, high: string) =>
  fc
    .tuple(between(0, 50), between(0, 50))
    .map(([one, other]) => ({ [low]: Math.min(one, other), [high]: Math.max(one, other) }));

const quantities = fc.record({ upscaleQuantity: between(1, 4), downscaleQuantity: between(1, 4) });

const timeRange = fc.tuple(bounds, between(0, 23), between(0, 23)).map(([one, from, until]) => ({
  ...one,
  from: `${`${from}`.padStart(2, '0')}:00`,
  until: `${`${until}`.padStart(2, '0')}:30`,
}));

const strategies = fc.oneof(
  fc.record({
    type: fc.constant('job-queue-size' as const),
    ratio: between(1, 20),
    decrementable: fc.boolean(),
    upscaleLimit: between(0, 3),
    downscaleLimit: between(0, 3),
  }),
  fc.record({ type: fc.constant('requests-per-minute' as const), ratio: between(1, 20) }),
  fc
    .tuple(thresholds('minimumLatency', 'maximumLatency'), quantities, fc.boolean())
    .map(([low, by, upscaleOnInitialJob]) => ({
      type: 'job-queue-latency' as const,
      ...low,
      ...by,
      upscaleOnInitialJob,
    })),
  fc
    .tuple(thresholds('minimumQueueTime', 'maximumQueueTime'), quantities)
    .map(([low, by]) => ({ type: 'request-queue-time' as const, ...low, ...by })),
  fc
    .tuple(thresholds('minimumResponseTime', 'maximumResponseTime'), quantities)
    .map(([low, by]) => ({ type: 'response-time' as const, ...low, ...by })),
);

const managers = fc
  .tuple(
    strategies,
    bounds,
    fc.record({
      upscaleSensitivity: between(1, 4),
      downscaleSensitivity: between(1, 4),
      upscaleTimeout: between(0, 5),
      downscaleTimeout: between(0, 5),
    }),
    fc.array(timeRange, { maxLength: 2 }),
  )
  .map(([strategy, ends, patience, timeRanges]) => manager({ ...strategy, ...ends, ...patience, timeRanges }));

/** Without time ranges, only the value can ask for a scaling. */
const steadyManagers = managers.map((one): Manager => ({ ...one, timeRanges: [] }));

const value = fc.oneof(between(0, 200), fc.double({ min: 0, max: 60, noNaN: true }), fc.constant(null));

/** Checkups with up to two hours between them. */
const checkups = fc.array(fc.tuple(between(1, 7_200_000), value), { minLength: 1, maxLength: 30 }).map((steps) => {
  let at = Date.UTC(2026, 2, 28, 20);
  return steps.map(([later, seen]): Checkup => ({ at: (at += later), value: seen, timeZone: 'Europe/Amsterdam' }));
});

interface Step extends Checkup {
  readonly before: History;
  readonly after: History;
}

function walk(of: Manager, dynos: number, along: readonly Checkup[]): Step[] {
  let before = newHistory(dynos);
  return along.map((checkup) => {
    const { history: after } = decide(of, before, checkup);
    const step = { ...checkup, before, after };
    before = after;
    return step;
  });
}

const RUNS = { numRuns: 500 };

describe('for any manager and any history', () => {
  it('dynos are within minimum and maximum after every poll that succeeds', () => {
    fc.assert(
      fc.property(managers, between(0, 12), checkups, (of, dynos, along) => {
        for (const { at, value: seen, after } of walk(of, dynos, along)) {
          const { minimum, maximum } = boundsAt(of, at, 'Europe/Amsterdam');
          if (seen !== null) {
            expect(after.dynos).toBeGreaterThanOrEqual(Math.min(minimum, maximum));
            expect(after.dynos).toBeLessThanOrEqual(maximum);
            expect(Number.isInteger(after.dynos)).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });

  it('a failed poll changes nothing, in whatever follows neither', () => {
    fc.assert(
      fc.property(managers, between(0, 12), checkups, (of, dynos, along) => {
        const steps = walk(of, dynos, along);
        steps.filter((step) => step.value === null).forEach((step) => expect(step.after).toEqual(step.before));
        const succeeded = along.filter((checkup) => checkup.value !== null);
        expect(walk(of, dynos, succeeded).map(({ after }) => after)).toEqual(
          steps.filter((step) => step.value !== null).map(({ after }) => after),
        );
      }),
      RUNS,
    );
  });

  it('a higher value never has fewer dynos', () => {
    fc.assert(
      fc.property(
        managers,
        between(0, 12),
        checkups,
        between(0, 200),
        between(0, 200),
        (of, dynos, along, one, other) => {
          const last = walk(of, dynos, along).at(-1);
          const at = (last?.at ?? 0) + 60_000;
          const after = (seen: number): number =>
            decide(of, last?.after ?? newHistory(dynos), { at, value: seen }).dynos;
          expect(after(Math.min(one, other))).toBeLessThanOrEqual(after(Math.max(one, other)));
        },
      ),
      RUNS,
    );
  });

  it('no scaling comes before so many checkups since the last one ask for it', () => {
    fc.assert(
      fc.property(steadyManagers, checkups, (of, along) => {
        let sinceScaling = 0;
        for (const { before, after, value: seen } of walk(of, of.minimum, along)) {
          sinceScaling += seen === null ? 0 : 1;
          const isFirst = isInitialJob(of, before);
          if (after.dynos > before.dynos && !isFirst) {
            expect(sinceScaling).toBeGreaterThanOrEqual(of.upscaleSensitivity);
          }
          if (after.dynos < before.dynos) {
            expect(sinceScaling).toBeGreaterThanOrEqual(of.downscaleSensitivity);
          }
          sinceScaling = after.dynos === before.dynos ? sinceScaling : 0;
        }
      }),
      RUNS,
    );
  });

  it('two scalings in one direction are at least its time-out apart', () => {
    fc.assert(
      fc.property(steadyManagers, checkups, (of, along) => {
        const steps = walk(of, of.minimum, along);
        const ups = steps.filter(({ before, after }) => after.dynos > before.dynos);
        const downs = steps.filter(({ before, after }) => after.dynos < before.dynos);
        expectApart(ups, of.upscaleTimeout, (step) => isInitialJob(of, step.before));
        expectApart(downs, of.downscaleTimeout, () => false);
      }),
      RUNS,
    );
  });

  it('a decision changes nothing of what it was given', () => {
    fc.assert(
      fc.property(managers, checkups, (of, along) => {
        const before = JSON.stringify(of);
        expect(walk(of, 1, along)).toEqual(walk(of, 1, along));
        expect(JSON.stringify(of)).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});

/** The dyno that waits for nothing. */
function isInitialJob(of: Manager, { dynos }: History): boolean {
  return of.type === 'job-queue-latency' && of.upscaleOnInitialJob && dynos === 0;
}

function expectApart(steps: readonly Step[], minutes: number, isExempt: (step: Step) => boolean): void {
  for (const [index, step] of steps.entries()) {
    const previous = steps[index - 1];
    if (previous !== undefined && !isExempt(step)) {
      expect(step.at - previous.at).toBeGreaterThanOrEqual(minutes * 60_000);
    }
  }
}
