import { describe, expect, test } from '@jest/globals';
import { wantedDynos, type JobQueueSize } from '../../sample/demo/strategy.js';

const MANAGER: JobQueueSize = { ratio: 10, minimum: 0, maximum: 5 };

describe('Job Queue Size', () => {
  test.each<[value: number, current: number, wanted: number, settings: Partial<JobQueueSize>]>([
    // One dyno per `ratio` jobs, and one for what is left over.
    [0, 0, 0, {}],
    [1, 0, 1, {}],
    [10, 0, 1, {}],
    [11, 0, 2, {}],
    [50, 0, 5, {}],
    [51, 0, 5, {}],
    [1_000_000, 3, 5, {}],
    [7, 0, 5, { ratio: 1 }],
    [0.001, 0, 1, {}],
    // The bounds.
    [0, 0, 2, { minimum: 2 }],
    [1, 2, 2, { minimum: 2 }],
    [1_000, 1, 1, { maximum: 1 }],
    [1_000, 0, 3, { minimum: 3, maximum: 3 }],
    // Not decrementable: nobody is fired while jobs are left, and everybody above the minimum once there are none.
    [1, 5, 5, {}],
    [20, 3, 3, {}],
    [0, 5, 0, {}],
    [0, 5, 2, { minimum: 2 }],
    [1, 7, 7, {}],
    [0, 7, 0, {}],
    // Decrementable.
    [1, 5, 1, { decrementable: true }],
    [20, 3, 2, { decrementable: true }],
    [0, 5, 0, { decrementable: true }],
    [30, 3, 3, { decrementable: true }],
    [60, 7, 5, { decrementable: true }],
    // At most so many in one step.
    [50, 0, 2, { upscaleLimit: 2 }],
    [50, 4, 5, { upscaleLimit: 2 }],
    [50, 0, 5, { upscaleLimit: 0 }],
    [0, 5, 3, { downscaleLimit: 2 }],
    [0, 1, 0, { downscaleLimit: 2 }],
    [0, 5, 4, { downscaleLimit: 2, minimum: 4 }],
    [0, 5, 0, { downscaleLimit: 0 }],
    [1, 5, 3, { downscaleLimit: 2, decrementable: true }],
    [50, 0, 5, { downscaleLimit: 2 }],
    [0, 5, 0, { upscaleLimit: 2 }],
  ])('%d jobs, %d dynos -> %d (%o)', (value, current, wanted, settings) => {
    expect(wantedDynos(value, current, { ...MANAGER, ...settings })).toBe(wanted);
  });
});
