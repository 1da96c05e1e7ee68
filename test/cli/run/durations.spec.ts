import { expect, it } from '@jest/globals';
import { Durations } from '../../../cli/run/durations.js';

it('percentiles are right to within 1 %, by nearest rank', () => {
  const durations = new Durations();
  for (let ms = 1; ms <= 1000; ms++) {
    durations.add(ms);
  }
  for (const percent of [1, 50, 95, 99]) {
    const exact = percent * 10;
    expect(Math.abs((durations.percentile(percent) ?? NaN) - exact) / exact).toBeLessThan(0.01);
  }
  expect([durations.percentile(100), durations.max, durations.count]).toEqual([1000, 1000, 1000]);
});

it('without any there is no percentile, and no 0', () => {
  expect([new Durations().percentile(50), new Durations().max]).toEqual([null, null]);
});
