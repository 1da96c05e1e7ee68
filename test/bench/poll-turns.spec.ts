import { expect, test } from '@jest/globals';
import { membersOf, turnsOf } from '../../bench/poll/turns.js';

const OPTIONS = { budget: 300, fewest: 5, most: 80 };

test('each variant is given an equal share of the time', () => {
  const { rounds, strides } = turnsOf(new Map(Object.entries({ fast: 2, slow: 4, slower: 9 })), OPTIONS);
  expect(rounds).toBe(50);
  expect(Object.fromEntries(strides)).toEqual({ fast: 1, slow: 2, slower: 4 });
});

test('but no more rounds than are of use, and no fewer than are needed', () => {
  const { rounds, strides } = turnsOf(new Map(Object.entries({ instant: 0.01, endless: 10_000 })), OPTIONS);
  expect(rounds).toBe(80);
  expect(Object.fromEntries(strides)).toEqual({ instant: 1, endless: 16 });
});

test('who is measured seldom is measured beside all that are measured more often', () => {
  const turns = turnsOf(new Map(Object.entries({ fast: 5, slow: 10, slower: 20 })), OPTIONS);
  expect(Array.from({ length: turns.rounds }, (_, round) => membersOf(turns, round))).toEqual([
    ['fast', 'slow', 'slower'],
    ['fast'],
    ['fast', 'slow'],
    ['fast'],
    ['fast', 'slow', 'slower'],
    ['fast'],
    ['fast', 'slow'],
    ['fast'],
    ['fast', 'slow', 'slower'],
    ['fast'],
    ['fast', 'slow'],
    ['fast'],
    ['fast', 'slow', 'slower'],
    ['fast'],
    ['fast', 'slow'],
    ['fast'],
    ['fast', 'slow', 'slower'],
    ['fast'],
    ['fast', 'slow'],
    ['fast'],
  ]);
});
