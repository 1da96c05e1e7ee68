import { describe, expect, it } from '@jest/globals';
import { aggregate, type AggregatingManager } from '../../../../cli/hirefire/managers/aggregate.js';
import { manager } from './support.js';

function by(aggregation: Readonly<Record<string, unknown>>): AggregatingManager {
  const of = manager({ type: 'request-queue-time', minimumQueueTime: 1, maximumQueueTime: 2, ...aggregation });
  if (of.type !== 'request-queue-time') {
    throw new Error('not asked for');
  }
  return of;
}

describe('aggregate', () => {
  const samples = [30, 10, 20, 50, 40];

  it.each([
    ['the 95th percentile by default', {}, samples, 50],
    ['a percentile by nearest rank', { percentile: 50 }, samples, 30],
    ['the least for a tiny percentile', { percentile: 0.1 }, samples, 10],
    ['the most for the 100th', { percentile: 100 }, samples, 50],
    ['the average', { aggregation: 'average', percentile: 95 }, samples, 30],
    ['the only one', {}, [7], 7],
    ['nothing of nothing', {}, [], null],
    ['no average of nothing', { aggregation: 'average' }, [], null],
  ])('gives %s', (_what, settings, of, expected) => {
    expect(aggregate(of, by(settings))).toBe(expected);
  });
});
