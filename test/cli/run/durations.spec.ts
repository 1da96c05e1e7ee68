import { expect, it } from '@jest/globals';
import { Durations } from '../../../cli/run/durations.js';

function of(...all: readonly number[]): Durations {
  const durations = new Durations();
  all.forEach((ms) => durations.add(ms));
  return durations;
}

it('percentiles are by nearest rank, exact to 0.01 ms below a second', () => {
  const all = Array.from({ length: 999 }, (_, index) => index + 1.01);
  for (const count of [1, 2, 3, 30, 31, 99, 999]) {
    const durations = of(...all.slice(0, count));
    for (const percent of [1, 50, 95, 99, 100]) {
      const exact = all[Math.ceil((percent / 100) * count) - 1] ?? NaN;
      expect(Math.abs((durations.percentile(percent) ?? NaN) - exact)).toBeLessThan(0.011);
    }
    expect([durations.max, durations.count]).toEqual([all[count - 1], count]);
  }
});

it('of half a minute are right to the millisecond, and the maximum exactly', () => {
  const durations = of(0, 12_345.67, 30_000.01);
  expect(durations.percentile(1)).toBe(0);
  expect(Math.abs((durations.percentile(50) ?? NaN) - 12_345.67)).toBeLessThan(0.5);
  expect([durations.percentile(100), durations.max]).toEqual([30_000.01, 30_000.01]);
});

it('without any there is no percentile, and no 0', () => {
  expect([of().percentile(50), of().max]).toEqual([null, null]);
});
