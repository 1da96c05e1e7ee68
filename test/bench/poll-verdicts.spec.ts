import { expect, test } from '@jest/globals';
import type { Plan, Variant } from '../../bench/poll/plan.js';
import type { CaseResult } from '../../bench/poll/polls.js';
import { backlogTables, detailRows, picture, ratioIn, timeTables } from '../../bench/poll/results.js';
import { quotient, verdictRows } from '../../bench/poll/verdicts.js';

const USUAL = { name: '10k waiting', kind: 'waiting', count: 10_000 } as const;
const LONG = { name: '1M waiting', kind: 'waiting', count: 1_000_000 } as const;

const PLAN: Plan = {
  libraries: ['bull', 'bullmq-5'],
  counts: [1, 100],
  backlogs: [USUAL, LONG],
  usual: USUAL,
  budget: 1,
  longBudget: 1,
  http: { backends: [], rounds: 1, burst: 1 },
};

const USAGE = {
  commands: 4,
  connections: 0,
  bytesToRedis: 1_234,
  bytesFromRedis: 20.4,
  clientCpu: 0.1,
  redisCpu: 0.05,
};

/** @param times - ms in the first round, in the second, and so on */
function result(times: Partial<Record<Variant, readonly number[]>>, of: Partial<CaseResult> = {}): CaseResult {
  const entries = Object.entries(times);
  return {
    library: 'bull',
    setUp: 'own',
    link: 'loopback',
    backlog: USUAL.name,
    queues: 100,
    rounds: [0, 1, 2, 3].map((round) => Object.fromEntries(entries.map(([variant, all]) => [variant, all[round]]))),
    usages: Object.fromEntries(entries.map(([variant]) => [variant, USAGE])),
    ...of,
  };
}

function always(time: number): number[] {
  return [time, time, time, time];
}

/** The size takes so many times the floor. */
function sizeOf(ratio: number, of: Partial<CaseResult> = {}): CaseResult {
  return result({ floor: always(2), size: always(2 * ratio), handWritten: always(8) }, of);
}

/** The cells after the target's name. */
function verdict(results: readonly CaseResult[], target: string): readonly string[] | undefined {
  return verdictRows(results, PLAN)
    .find(([text = '']) => text.startsWith(target))
    ?.slice(1);
}

test('a ratio is one of rounds in which both were measured', () => {
  const both = { floor: 1, judoscale: 7 };
  const one = { ...result({}), rounds: [both, { floor: 100 }, both, { floor: 100 }, { judoscale: 100 }] };
  expect(ratioIn(one, 'judoscale')).toEqual({ ratio: 7, low: 7, high: 7 });
  expect(ratioIn(one, 'latency')).toBeUndefined();
});

test('a target is met when each case meets it', () => {
  expect(verdict([sizeOf(1.25), sizeOf(1.5, { setUp: 'shared' })], 'size, one proc')).toEqual([
    'met',
    '2',
    '1.38',
    '1.50',
    '1.50 to 1.50',
    'Bull 4, 100 queues, one connection for all queues, loopback, 10k waiting',
  ]);
});

test('it is missed when one case surely misses it', () => {
  expect(verdict([sizeOf(1), sizeOf(1.75)], 'size, one proc')).toEqual([
    'missed 1, and 0 within noise',
    '2',
    '1.38',
    '1.75',
    '1.75 to 1.75',
    'Bull 4, 100 queues, a connection for each queue, loopback, 10k waiting',
  ]);
});

test('a case whose interval reaches the target may be chance', () => {
  const noisy = result({ floor: always(1), size: [1, 1, 3, 3] });
  expect(verdict([sizeOf(1), noisy], 'size, one proc')?.[0]).toBe('met, but for 1 within noise');
});

test('one queue has a target of its own', () => {
  const results = [sizeOf(1), sizeOf(1.75, { queues: 1 })];
  expect(verdict(results, 'size, one proc')?.[0]).toBe('met');
  expect(verdict(results, 'size, also of 1 queue')?.slice(0, 4)).toEqual(['met', '2', '1.38', '1.75']);
});

test('of Bull, the least is told of what must be faster', () => {
  const target = 'size of 100 queues of Bull';
  const results = [sizeOf(1), sizeOf(2), sizeOf(2, { library: 'bullmq-5' })];
  expect(verdict(results, target)?.slice(0, 4)).toEqual(['missed 1, and 0 within noise', '2', '3.00', '2.00']);
  expect(verdict([sizeOf(1)], target)?.slice(0, 4)).toEqual(['met', '1', '4.00', '4.00']);
});

test('a long backlog is compared with the usual one in the same circumstances, the drift of the machine left out', () => {
  const results = [
    sizeOf(1),
    result({ floor: always(6), size: always(12) }, { backlog: LONG.name }),
    sizeOf(4, { setUp: 'shared' }),
    sizeOf(1, { setUp: 'shared', backlog: LONG.name }),
  ];
  const [, ...numbers] = verdict(results, 'size: no dependence') ?? [];
  expect(numbers.slice(0, 3)).toEqual(['2', '1.13', '2.00']);
});

test('a quotient of ratios has the widest bounds that both allow', () => {
  expect(quotient({ ratio: 3, low: 2, high: 4 }, { ratio: 1, low: 0.5, high: 2 })).toEqual({
    ratio: 3,
    low: 1,
    high: 8,
  });
});

test('a single new connection misses the target', () => {
  const one = sizeOf(1);
  expect(verdict([one], 'no new connection')?.slice(0, 4)).toEqual(['met', '1', '0', '0']);
  const usages = { ...one.usages, size: { ...USAGE, connections: 0.5 } };
  expect(verdict([{ ...one, usages }], 'no new connection')?.slice(0, 4)).toEqual(['missed', '1', '0.5', '0.5']);
});

test('what was measured of a case stands in a row for each variant', () => {
  const usage = '4 | 0 | 1,234 | 20 | 0.10 ms | 0.05 ms';
  expect(detailRows(sizeOf(1.5)).map((row) => row.join(' | '))).toEqual([
    `100 | floor of the size | 2.00 ms | 2.00 ms | 1 |  | 4 | ${usage}`,
    `100 | size, one proc | 3.00 ms | 3.00 ms | 1.50 | 1.50 to 1.50 | 4 | ${usage}`,
    `100 | getJobCounts() by hand | 8.00 ms | 8.00 ms | 4.00 | 4.00 to 4.00 | 4 | ${usage}`,
  ]);
});

test('times stand side by side for each number of queues, and for each backlog', () => {
  const results = [sizeOf(1.5), sizeOf(0.5, { queues: 1 }), sizeOf(1.75, { backlog: LONG.name })];
  expect(timeTables(results, PLAN)).toEqual([
    {
      title: 'Bull 4, a connection for each queue, loopback',
      head: ['', '1 queue', '100 queues'],
      rows: [
        ['floor of the size', '2.00 ms', '2.00 ms'],
        ['size, one proc', '1.00 ms, 0.50 ×', '3.00 ms, 1.50 ×'],
        ['getJobCounts() by hand', '8.00 ms, 4.00 ×', '8.00 ms, 4.00 ×'],
      ],
    },
  ]);
  expect(backlogTables(results, PLAN)).toEqual([
    {
      title: 'Bull 4',
      head: ['', '10k waiting', '1M waiting'],
      rows: [
        ['size, one proc, 1 queue', '1.00 ms, 0.50 ×', ''],
        ['latency, one proc, 1 queue', '', ''],
        ['size, one proc, 100 queues', '3.00 ms, 1.50 ×', '3.50 ms, 1.75 ×'],
        ['latency, one proc, 100 queues', '', ''],
      ],
    },
  ]);
});

test('the picture shows BullMQ, with all times to one floor', () => {
  const times = {
    floor: always(2),
    latencyFloor: always(4),
    latency: always(6),
    size: always(3),
    judoscale: always(40),
  };
  const svg = picture([sizeOf(9), result(times, { library: 'bullmq-5' })], PLAN);
  expect([...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text).slice(1)).toEqual([
    '100 queues',
    'the bare commands, one pipeline',
    '1.0 ×, 2.00 ms',
    'this package, size',
    '1.5 ×, 3.00 ms',
    'this package, latency',
    '3.0 ×, 6.00 ms',
    'judoscale-bullmq',
    '20.0 ×, 40.0 ms',
  ]);
});
