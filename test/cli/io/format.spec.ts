import { describe, expect, it } from '@jest/globals';
import { amount, clock, dynosText, formatDuration } from '../../../cli/io/format.js';

it.each([
  [0, '00:00'],
  [59.9, '00:59'],
  [3599, '59:59'],
  [3600, '1:00:00'],
  [3675, '1:01:15'],
  [360_000, '100:00:00'],
])('the clock at %d seconds shows %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

it.each([
  [0.4, '0s'],
  [59, '59s'],
  [60, '1m 00s'],
  [3599, '59m 59s'],
  [3661, '1h 01m'],
])('a duration of %d seconds reads %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});

describe('an amount', () => {
  it.each([
    [null, 'unknown'],
    [0, '0'],
    [0.001, '0.001'],
    [31.5, '31.5'],
    [1_234.5678, '1,234.568'],
  ])('of %j reads %s', (value, text) => {
    expect(amount(value)).toBe(text);
  });
});

it('one dyno is no plural', () => {
  expect([0, 1, 2, 1500].map(dynosText)).toEqual(['0 dynos', '1 dyno', '2 dynos', '1,500 dynos']);
});
