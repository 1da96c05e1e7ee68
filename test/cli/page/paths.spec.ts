/** The lines of a chart, which is 1000 wide and 100 high. */
import { describe, expect, it } from '@jest/globals';
import { area, roundTop, steps, visible } from '../../../cli/page/client/paths.js';
import { ticksOf } from '../../../cli/page/client/time-span.js';

const SPAN = { from: 0, to: 10 };

describe('steps', () => {
  it('hold each value until the next, and the last to the end', () => {
    expect(steps([0, 5], [1, 4], SPAN, 4)).toBe('M0.0 75.0H500.0V0.0H1000.0');
  });

  it('have a gap while the value is unknown', () => {
    expect(steps([0, 2, 4], [1, null, 2], SPAN, 4)).toBe('M0.0 75.0H200.0M400.0 50.0H1000.0');
    expect(steps([0], [null], SPAN, 4)).toBe('');
  });

  it('close to an area', () => {
    expect(area([5], [2], SPAN, 4)).toBe('M500.0 50.0H1000.0V100H500.0Z');
    expect(area([], [], SPAN, 4)).toBe('');
  });
});

describe('the points of a span', () => {
  it('begin with the value that it begins with', () => {
    const points = [0, 1, 2, 3].map((t) => ({ t, value: t, dynos: 0 }));
    expect(visible(points, { from: 1.5, to: 3 }).map(({ t }) => t)).toEqual([1, 2, 3]);
    expect(visible(points, { from: -1, to: 3 })).toHaveLength(4);
  });

  it('keep each peak, gap and dyno when there are too many', () => {
    const points = Array.from({ length: 20_000 }, (_, t) => ({
      t,
      value: t === 7_001 ? 999 : t === 13_003 ? null : 5,
      dynos: t === 17_007 ? 9 : 1,
    }));
    const shown = visible(points, { from: 0, to: 20_000 });
    expect(shown.length).toBeLessThanOrEqual(2000);
    expect([7_001, 13_003, 17_007].filter((t) => !shown.some((point) => point.t === t))).toEqual([]);
    expect(shown.map(({ t }) => t)).toEqual(shown.map(({ t }) => t).sort((a, b) => a - b));
  });
});

it.each([
  [0, 1],
  [0.004, 0.004],
  [66, 80],
  [101, 120],
  [208, 250],
  [9_100, 10_000],
])('a scale for %d ends at %d', (high, top) => {
  expect(roundTop(high)).toBeCloseTo(top, 9);
});

it.each([
  [SPAN, [0, 2, 4, 6, 8, 10]],
  [{ from: 65, to: 125 }, [70, 80, 90, 100, 110, 120]],
  [{ from: 0, to: 7200 }, [0, 1800, 3600, 5400, 7200]],
])('the times of %j are %j', (span, times) => {
  expect(ticksOf(span)).toEqual(times);
});
