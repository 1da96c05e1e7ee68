import { describe, expect, test } from '@jest/globals';
import { median, meet, quantile, ratioOfMedians, seededRandom } from '../../bench/support/statistics.js';

describe('a quantile', () => {
  test.each<[values: number[], q: number, expected: number]>([
    [[7], 0.5, 7],
    [[7], 0.99, 7],
    [[3, 1, 2], 0, 1],
    [[3, 1, 2], 0.5, 2],
    [[3, 1, 2], 1, 3],
    [[4, 1, 3, 2], 0.5, 2.5],
    // As numbers, not as text.
    [[10, 9, 100], 0.5, 10],
    [[0, 10, 20, 30, 40], 0.99, 39.6],
    [[-1, 1], 0.25, -0.5],
  ])('of %j at %d is %d', (values, q, expected) => {
    expect(quantile(values, q)).toBeCloseTo(expected, 12);
  });

  test('leaves the values as they were', () => {
    const values = [3, 1, 2];
    expect(median(values)).toBe(2);
    expect(values).toEqual([3, 1, 2]);
  });

  test('of nothing is an error', () => {
    expect(() => median([])).toThrow(RangeError);
  });
});

describe('a ratio of medians', () => {
  test('of values without any spread has none', () => {
    expect(ratioOfMedians([3, 3, 3], [2, 2, 2])).toEqual({ ratio: 1.5, low: 1.5, high: 1.5 });
  });

  test('has none either where only the rounds differ: what a round gave stays together', () => {
    const base = [1, 10, 100, 1_000, 10_000];
    expect(
      ratioOfMedians(
        base.map((value) => 2 * value),
        base,
      ),
    ).toEqual({ ratio: 2, low: 2, high: 2 });
  });

  test('reaches to what rounds drawn by chance give', () => {
    // Of three rounds, the median is the odd one in 7 of 27 draws, and 1 in the others: far more than 2.5 %.
    expect(ratioOfMedians([1, 1, 4], [1, 1, 1])).toEqual({ ratio: 1, low: 1, high: 4 });
    expect(ratioOfMedians([1, 1, 0.5], [1, 1, 1])).toEqual({ ratio: 1, low: 0.5, high: 1 });
    // Of seven, the median is the odd one only if four draws are: 1 % of all.
    expect(ratioOfMedians([1, 1, 1, 1, 1, 1, 4], [1, 1, 1, 1, 1, 1, 1])).toEqual({ ratio: 1, low: 1, high: 1 });
  });

  test('is the same each time', () => {
    const values = [1.1, 0.9, 1.3, 1, 0.8];
    expect(ratioOfMedians(values, [1, 1, 1.2, 0.9, 1])).toEqual(ratioOfMedians(values, [1, 1, 1.2, 0.9, 1]));
  });

  test('wants as many rounds of both', () => {
    expect(() => ratioOfMedians([1, 2], [1])).toThrow("2 rounds can't be compared with 1");
  });
});

test.each([
  [{ low: 1, high: 2 }, { low: 2, high: 3 }, true],
  [{ low: 2, high: 3 }, { low: 1, high: 2 }, true],
  [{ low: 0, high: 9 }, { low: 4, high: 5 }, true],
  [{ low: 1, high: 2 }, { low: 2.1, high: 3 }, false],
  [{ low: 2.1, high: 3 }, { low: 1, high: 2 }, false],
])('whether %j and %j meet: %s', (one, other, expected) => {
  expect(meet({ ratio: 1, ...one }, { ratio: 1, ...other })).toBe(expected);
});

test('a seed gives numbers from 0 up to 1, evenly', () => {
  const random = seededRandom(7);
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let drawn = 0; drawn < 100_000; drawn++) {
    const tenth = Math.floor(random() * 10);
    tenths[tenth] = (tenths[tenth] ?? 0) + 1;
  }
  expect(tenths.reduce((sum, count) => sum + count)).toBe(100_000);
  // The seed is fixed, so this is one and the same result each time.
  expect(Math.max(...tenths.map((count) => Math.abs(count - 10_000)))).toBeLessThan(300);
});
