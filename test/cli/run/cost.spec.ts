import { expect, it } from '@jest/globals';
import { averageText, costOf, dynoHours, dynoHoursAt, perMonth } from '../../../cli/run/cost.js';

it('a dyno of 25 dollars a month costs 25 dollars in 30 days', () => {
  expect(costOf(30 * 24 * 3600, 25)).toBe(25);
});

it.each([
  [36, undefined, '0.010 dyno hours'],
  [1_274.4, 0.0123, '0.354 dyno hours ($0.0123)'],
  [3600, 0, '1.000 dyno hours ($0.0000)'],
  [360_000, 12.345, '100.000 dyno hours ($12.35)'],
])('%d dyno seconds at a cost of %j read %s', (seconds, cost, text) => {
  expect(dynoHours(seconds, cost)).toBe(text);
});

it('the cost follows from the price of a dyno, if there is one', () => {
  expect([dynoHoursAt(25, 72 * 3600), dynoHoursAt(undefined, 3600)]).toEqual([
    '72.000 dyno hours ($2.50)',
    '1.000 dyno hours',
  ]);
});

it('a month costs dollars, and cents if it is cheap', () => {
  expect([perMonth(65.2), perMonth(2.5), perMonth(25_000)]).toEqual([
    '$65 a month',
    '$2.50 a month',
    '$25,000 a month',
  ]);
  expect([averageText(90, 60), averageText(0, 0)]).toEqual(['1.5 dynos on average', '']);
});
