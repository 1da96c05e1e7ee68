/** HireFire's strategies, rule by rule: each case is a row of checkups, and the dynos after each. */
import { describe, expect, it } from '@jest/globals';
import { decide, newHistory, scaledByHand, type History } from '../../../../cli/hirefire/managers/decide.js';
import type { Manager } from '../../../../cli/hirefire/managers/schema.js';
import { manager } from './support.js';

const MONDAY_NOON = Date.UTC(2026, 10, 23, 12);
const MINUTE = 60_000;

/** Dynos after each checkup, one a minute. */
function dynosAfter(of: Manager, values: readonly (number | null)[], dynos = of.minimum, timeZone = 'UTC'): number[] {
  let history: History = newHistory(dynos);
  return values.map((value, minute) => {
    const decision = decide(of, history, { at: MONDAY_NOON + minute * MINUTE, value, timeZone });
    ({ history } = decision);
    expect(history.dynos).toBe(decision.dynos);
    return decision.dynos;
  });
}

type Case = readonly [
  rule: string,
  settings: Readonly<Record<string, unknown>>,
  values: readonly (number | null)[],
  dynos: readonly number[],
  from?: number,
];

function table(type: Manager['type'], defaults: Readonly<Record<string, unknown>>, cases: readonly Case[]): void {
  describe(type, () => {
    it.each(cases)('%s', (...[, settings, values, dynos, from]) => {
      expect(dynosAfter(manager({ type, ...defaults, ...settings }), values, from)).toEqual(dynos);
    });
  });
}

table('job-queue-size', { ratio: 5, maximum: 10 }, [
  ['rounds a part of a ratio up', {}, [0, 1, 5, 6, 50], [0, 1, 1, 2, 10]],
  ['stays at the maximum', {}, [51, 1_000_000], [10, 10]],
  ['starts at the minimum', { minimum: 2 }, [0, 1], [2, 2]],
  ['goes down only once the queue is empty, and then to the minimum', { minimum: 1 }, [50, 30, 1, 0], [10, 10, 10, 1]],
  ['keeps the ratio in both directions when decrementable', { decrementable: true }, [50, 30, 1, 0], [10, 6, 1, 0]],
  ['adds no more than upscaleLimit at once', { upscaleLimit: 4 }, [50, 50, 50, 50], [4, 8, 10, 10]],
  ['takes away no more than downscaleLimit at once', { downscaleLimit: 3 }, [50, 0, 0, 0, 0], [10, 7, 4, 1, 0]],
  [
    'takes away no more than downscaleLimit when decrementable',
    { downscaleLimit: 3, decrementable: true },
    [50, 10, 10, 10],
    [10, 7, 4, 2],
  ],
  ['counts a part of a job', {}, [0.1], [1]],
  ['does nothing when the value is unknown', {}, [50, null, 0, null], [10, 10, 0, 0]],
  [
    'comes back into its bounds at once',
    { minimum: 2, maximum: 4, upscaleSensitivity: 9, downscaleSensitivity: 9 },
    [3],
    [4],
    7,
  ],
  ['comes up to its minimum at once', { minimum: 2, upscaleSensitivity: 9, upscaleTimeout: 9 }, [0], [2], 0],
  ['may have no dyno at all', { minimum: 0, maximum: 0 }, [5, 0], [0, 0]],
]);

table('job-queue-latency', { minimumLatency: 5, maximumLatency: 30, maximum: 4 }, [
  ['adds a dyno above the maximum latency', {}, [31, 31, 31], [1, 2, 3]],
  ['takes a dyno away below the minimum latency', {}, [4, 4, 4], [3, 2, 1], 4],
  ['leaves the dynos alone between both, and at either', {}, [5, 17, 30], [2, 2, 2], 2],
  ['adds upscaleQuantity, within the maximum', { upscaleQuantity: 3 }, [31, 31], [3, 4]],
  ['takes away downscaleQuantity, within the minimum', { downscaleQuantity: 3 }, [0, 0], [1, 0], 4],
  ['has a dyno as soon as something waits', {}, [0, 0.001, 0], [0, 1, 0]],
  ['has none before the maximum latency without upscaleOnInitialJob', { upscaleOnInitialJob: false }, [29, 31], [0, 1]],
  ['keeps the last dyno while something waits', {}, [1, 1, 0], [1, 1, 0], 2],
  ['gives up the last dyno without upscaleOnInitialJob', { upscaleOnInitialJob: false }, [1, 1], [1, 0], 2],
  ['needs no row and no time-out for the first dyno', { upscaleSensitivity: 3, upscaleTimeout: 9 }, [1], [1]],
  ['adds more than the first dyno where the quantity says so', { upscaleQuantity: 2 }, [31], [2]],
  ['has no dyno above a maximum of 0', { maximum: 0 }, [31], [0]],
]);

table('request-queue-time', { minimumQueueTime: 10, maximumQueueTime: 100, maximum: 4 }, [
  ['adds above, takes away below, leaves alone between', {}, [101, 101, 100, 10, 9, 9, 9], [2, 3, 3, 3, 2, 1, 1]],
  ['keeps one dyno by default', {}, [0], [1]],
  ['knows quantities', { upscaleQuantity: 2, downscaleQuantity: 3 }, [101, 0], [3, 1]],
  ['does nothing when the value is unknown', {}, [101, null, 0], [2, 2, 1]],
]);

table('response-time', { minimumResponseTime: 50, maximumResponseTime: 500, maximum: 4 }, [
  ['adds above, takes away below, leaves alone between', {}, [501, 500, 50, 49], [2, 2, 2, 1]],
]);

table('requests-per-minute', { ratio: 100, maximum: 4 }, [
  ['keeps the ratio in both directions', {}, [0, 100, 101, 399, 10_000, 150, 0], [1, 1, 2, 4, 4, 2, 1]],
  ['may go down to none', { minimum: 0 }, [100, 0], [1, 0]],
]);

describe('sensitivity', () => {
  const settings = { type: 'job-queue-size', ratio: 1, maximum: 9, decrementable: true } as const;

  it.each<Case>([
    ['waits until so many checkups in a row ask for more', { upscaleSensitivity: 3 }, [5, 5, 5], [0, 0, 5]],
    ['starts over when one does not', { upscaleSensitivity: 3 }, [5, 5, 0, 5, 5, 5], [0, 0, 0, 0, 0, 5]],
    [
      'is not reset by a failed poll, and does not count it',
      { upscaleSensitivity: 3 },
      [5, null, 5, null, 5],
      [0, 0, 0, 0, 5],
    ],
    ['lets the checkups ask for different numbers', { upscaleSensitivity: 2 }, [5, 3], [0, 3]],
    ['starts over after a scaling', { upscaleSensitivity: 2 }, [5, 5, 7, 7], [0, 5, 5, 7]],
    [
      'has a row for each direction',
      { upscaleSensitivity: 1, downscaleSensitivity: 2 },
      [5, 1, 8, 1, 1],
      [5, 5, 8, 8, 1],
    ],
  ])('%s', (...[, more, values, dynos]) => {
    expect(dynosAfter(manager({ ...settings, ...more }), values)).toEqual(dynos);
  });

  it('is what a decision waits for', () => {
    const { waitsFor } = decide(manager({ ...settings, upscaleSensitivity: 2 }), newHistory(0), { at: 0, value: 5 });
    expect(waitsFor).toBe('sensitivity');
  });
});

describe('a time-out', () => {
  const settings = {
    type: 'job-queue-latency',
    minimumLatency: 5,
    maximumLatency: 30,
    minimum: 1,
    maximum: 9,
  } as const;

  it.each<Case>([
    ['lets one upscale happen in so many minutes', { upscaleTimeout: 2 }, [31, 31, 31, 31, 31], [2, 2, 3, 3, 4]],
    ['lets one downscale happen in so many minutes', { downscaleTimeout: 3 }, [1, 1, 1, 1], [8, 8, 8, 7], 9],
    ['counts from the last scaling in its own direction', { upscaleTimeout: 2 }, [31, 1, 31], [2, 1, 2]],
    ['takes a part of a minute', { upscaleTimeout: 1.5 }, [31, 31, 31], [2, 2, 3]],
    ['does not hold up the other direction', { upscaleTimeout: 9, downscaleTimeout: 9 }, [31, 1, 31, 1], [2, 1, 1, 1]],
    [
      'lets a row of agreeing checkups go on meanwhile',
      { upscaleTimeout: 3, upscaleSensitivity: 2 },
      [31, 31, 31, 31, 31],
      [1, 2, 2, 2, 3],
    ],
  ])('%s', (...[, more, values, dynos, from]) => {
    expect(dynosAfter(manager({ ...settings, ...more }), values, from)).toEqual(dynos);
  });

  it('is what a decision waits for', () => {
    const of = manager({ ...settings, upscaleTimeout: 1 });
    const { history } = decide(of, newHistory(1), { at: 0, value: 31 });
    expect(decide(of, history, { at: MINUTE - 1, value: 31 })).toMatchObject({ dynos: 2, waitsFor: 'timeout' });
    expect(decide(of, history, { at: MINUTE, value: 31 })).not.toHaveProperty('waitsFor');
  });
});

describe('a scaling by hand', () => {
  it('is where the next decision begins', () => {
    const of = manager({ type: 'job-queue-size', ratio: 1, maximum: 9 });
    const { history } = decide(of, newHistory(0), { at: 0, value: 3 });
    expect(decide(of, scaledByHand(history, 6), { at: 1, value: 3 }).dynos).toBe(6);
    expect(decide(of, scaledByHand(history, 6), { at: 1, value: 0 }).dynos).toBe(0);
  });
});

describe('a time range', () => {
  it('changes the bounds at once', () => {
    const of = manager({
      type: 'job-queue-size',
      maximum: 2,
      upscaleSensitivity: 2,
      timeRanges: [{ from: '12:01', until: '12:03', minimum: 5, maximum: 7 }],
    });
    expect(dynosAfter(of, [0, 0, 9, 9, 9])).toEqual([0, 5, 5, 2, 2]);
  });

  it('changes nothing while polls fail', () => {
    const of = manager({ type: 'job-queue-size', timeRanges: [{ from: '12:01', until: '13:00', minimum: 2 }] });
    expect(dynosAfter(of, [0, null, 0])).toEqual([0, 0, 2]);
  });

  it('is of the time zone that is given', () => {
    const of = manager({ type: 'job-queue-size', timeRanges: [{ from: '13:00', until: '14:00', minimum: 2 }] });
    expect(dynosAfter(of, [0], 0, 'Europe/Amsterdam')).toEqual([2]);
    expect(dynosAfter(of, [0], 0, 'UTC')).toEqual([0]);
  });
});
