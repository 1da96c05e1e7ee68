import { expect, test } from '@jest/globals';
import { optionsFrom } from '../../bench/poll/options.js';
import { fullPlan, isMeasured, QUICK_PLAN, variantsOf, type Case } from '../../bench/poll/plan.js';

test('by default everything is measured, a second for each case', () => {
  expect(optionsFrom([])).toEqual({
    plan: fullPlan(1_000),
    command: 'npm run bench:poll -- --seconds 1 --write',
    write: false,
  });
});

test('for longer, and to be kept', () => {
  expect(optionsFrom(['--seconds', '2.5', '--write'])).toEqual({
    plan: fullPlan(2_500),
    command: 'npm run bench:poll -- --seconds 2.5 --write',
    write: true,
  });
});

test('quickly, and not to be kept', () => {
  expect(optionsFrom(['--quick'])).toMatchObject({ plan: QUICK_PLAN, write: false });
  expect(() => optionsFrom(['--quick', '--write'])).toThrow(
    'What --quick measures is not worth to be kept by --write.',
  );
});

test('help', () => {
  expect(optionsFrom(['--help'])).toBe('help');
});

test.each(['0', '-1', 'many', ''])('%p seconds are none', (seconds) => {
  expect(() => optionsFrom([`--seconds=${seconds}`])).toThrow(`--seconds must be a number above 0, not "${seconds}".`);
});

test.each(['--fast', 'fast'])('%s is unknown', (argument) => {
  expect(() => optionsFrom([argument])).toThrow(argument);
});

const PLAN = fullPlan(1_000);
const CASE: Case = { library: 'bullmq-5', setUp: 'own', link: 'delayed', backlog: '10k waiting', queues: 1_000 };

test('of BullMQ 6, the usual backlog is measured on loopback', () => {
  const of = (change: Partial<Case>): boolean => isMeasured(PLAN, { ...CASE, ...change });
  expect(of({ library: 'bullmq-6' })).toBe(false);
  expect(of({ library: 'bullmq-6', link: 'loopback' })).toBe(true);
  expect(of({ library: 'bullmq-6', link: 'loopback', backlog: 'none' })).toBe(false);
  expect(of({ backlog: 'none' })).toBe(true);
});

test('Judoscale is measured where it has an agent, and with 1,000 queues once', () => {
  const has = (change: Partial<Case>): boolean => variantsOf(PLAN, { ...CASE, ...change }).includes('judoscale');
  expect(has({})).toBe(true);
  expect(has({ backlog: 'none' })).toBe(false);
  expect(has({ backlog: 'none', queues: 100 })).toBe(true);
  expect(has({ library: 'bull' })).toBe(false);
  expect(has({ library: 'bullmq-6' })).toBe(false);
});
