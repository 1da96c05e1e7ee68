/** The model of a run: its meter of dyno time, and the managers that it had. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DynoNow, DynoStatus } from '../../../cli/heroku/formation.js';
import { summaryOf } from '../../../cli/commands/simulate/summary.js';
import { managerAt } from '../../../cli/run/run-process.js';
import { reportOf } from '../../../cli/run/report.js';
import { RunState } from '../../../cli/run/run-state.js';
import { Scaling } from '../../../cli/run/scaling.js';
import { manager } from '../hirefire/managers/support.js';

const FOUR = manager({ type: 'job-queue-size', maximum: 4 });
const TWO = manager({ type: 'job-queue-size', maximum: 2 });

let state: RunState;

const dyno = (name: string, status: DynoStatus): DynoNow => ({ name, status, isRunning: true, lastLines: [] });
const workers = (status: DynoStatus): DynoNow[] => [1, 2, 3].map((number) => dyno(`worker.${number}`, status));

beforeEach(() => {
  state = new RunState('simulate', new Date(0), 1);
});

describe('dyno seconds', () => {
  it('are those of running dynos, whatever was decided, and all figures cover the same time', () => {
    const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0, scale: () => undefined });
    scaling.add('web', undefined, 0);
    scaling.add('worker', FOUR, 0);
    state.setDynos('web', [dyno('web.1', 'starting')], 0.5);
    scaling.checkup('worker', 3, 1);
    state.setDynos('worker', workers('up'), 1.25);
    scaling.checkup('worker', 0, 2);
    state.setDynos('worker', workers('stopping'), 2);
    state.setDynos('worker', [], 9);
    state.countUntil(10);
    expect(state.processes.map(({ dynoSeconds, dynoSecondsAtMaximum }) => [dynoSeconds, dynoSecondsAtMaximum])).toEqual(
      [
        [9.5, 9.5],
        [23.25, 40],
      ],
    );
    const { endedAt, processes } = reportOf(state);
    expect(endedAt).toBe('1970-01-01T00:00:10.000Z');
    expect(processes.worker).toMatchObject({ dynoSeconds: 23.25, dynoSecondsAtMaximum: 40, secondsToFirstDyno: 0.25 });
  });

  it('on paper are those of the dynos that were decided', () => {
    const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0 });
    scaling.add('worker', FOUR, 0);
    scaling.checkup('worker', 3, 1);
    scaling.checkup('worker', 0, 3);
    state.countUntil(10);
    expect(state.process('worker')).toMatchObject({ dynoSeconds: 6, dynoSecondsAtMaximum: 40 });
  });
});

describe('a manager that was changed', () => {
  it('leaves the past as it was', () => {
    const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0 });
    scaling.add('worker', FOUR, 0);
    scaling.checkup('worker', 3, 1);
    state.setManager('worker', TWO, 5);
    scaling.checkup('worker', 3, 6);
    state.countUntil(10);
    const { managers, dynoSecondsAtMaximum } = state.known('worker');
    expect([0, 4.999, 5, 6].map((t) => managerAt(managers, t))).toEqual([FOUR, FOUR, TWO, TWO]);
    expect(dynoSecondsAtMaximum).toBe(4 * 5 + 2 * 5);
    expect(reportOf(state).processes.worker).toMatchObject({
      manager: TWO,
      managers: [
        { t: 0, manager: FOUR },
        { t: 5, manager: TWO },
      ],
      series: [
        { t: 1, value: 3, dynos: 3 },
        { t: 6, value: 3, dynos: 2 },
      ],
    });
  });

  it('is in the report with its time, although the process had none before', () => {
    state.addProcess('web', undefined, 1, 0);
    state.addProcess('worker', FOUR, 1, 0);
    state.setManager('web', FOUR, 5);
    const { processes } = reportOf(state);
    expect(processes.web).toMatchObject({ manager: FOUR, managers: [{ t: 5, manager: FOUR }] });
    expect(processes.worker).not.toHaveProperty('managers');
  });

  it('decided no checkup before it, not even one in the same millisecond', () => {
    const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0 });
    scaling.add('worker', FOUR, 0);
    scaling.checkup('worker', 3, 5);
    state.setManager('worker', TWO, 5);
    const { managers } = state.known('worker');
    expect([5, 5.001].map((t) => managerAt(managers, t))).toEqual([FOUR, TWO]);
  });
});

it('dynos on paper are up from the decision on', () => {
  const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0 });
  scaling.add('worker', FOUR, 0);
  scaling.checkup('worker', 2, 1);
  expect(state.known('worker').dynos).toEqual([dyno('worker.1', 'up'), dyno('worker.2', 'up')]);
});

it('the report has the price of a dyno, the events, and the last lines and the log of a dyno that crashed', () => {
  state.addProcess('worker', FOUR, 1, 0, 25);
  state.addEvent({ t: 1, process: 'worker', level: 'info', text: 'worker.1 is up' });
  const evidence = { lastLines: ['Cannot find module dist/main.js'], log: '/tmp/logs/worker.1.log' };
  const crash = { kind: 'crashed', process: 'worker', dyno: 'worker.1', t: 2, message: 'worker.1 crashed' } as const;
  state.addProblem({ ...crash, ...evidence });
  state.addProblem({ kind: 'poll-failed', process: null, dyno: null, t: 3, message: 'a poll failed' });
  const { processes, events, problems } = reportOf(state);
  expect(processes.worker).toMatchObject({ price: 25 });
  expect(problems).toEqual([
    { ...crash, ...evidence, cure: expect.any(String) },
    { kind: 'poll-failed', process: null, dyno: null, t: 3, message: 'a poll failed', cure: expect.any(String) },
  ]);
  expect(events).toEqual([
    { t: 1, process: 'worker', level: 'info', text: 'worker.1 is up' },
    { t: 2, process: 'worker', level: 'problem', text: 'worker.1 crashed' },
    { t: 3, level: 'problem', text: 'a poll failed' },
  ]);
});

describe('the time to the first dyno', () => {
  it('is null for web, whose number counts no jobs', () => {
    const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0 });
    const queueTime = { minimumQueueTime: 10, maximumQueueTime: 100 };
    scaling.add('web', manager({ type: 'request-queue-time', minimum: 1, ...queueTime }), 0);
    scaling.add('worker', FOUR, 0);
    scaling.add('unmanaged', undefined, 0);
    ['web', 'worker', 'unmanaged'].forEach((name) => scaling.checkup(name, 3, 1));
    const { processes } = reportOf(state);
    expect(Object.values(processes).map(({ secondsToFirstDyno }) => secondsToFirstDyno)).toEqual([null, 0, null]);
    const [web, worker] = summaryOf(state).filter((line) => /^ {2}w/.test(line));
    expect([web, worker]).toEqual([
      expect.not.stringContaining('first'),
      expect.stringContaining('first dyno at once'),
    ]);
  });
});

describe('a change by hand', () => {
  const textsOf = (): string[] => state.events.map(({ text }) => text);

  function scaling(bounds: object): Scaling {
    const made = new Scaling({ state, timeZone: 'UTC', now: () => 0 });
    made.add('worker', manager({ type: 'job-queue-size', ...bounds }), 0);
    return made;
  }

  it('that the next checkup undoes has a reason, and how to keep it', () => {
    const made = scaling({ maximum: 4 });
    made.setDynos('worker', 1, 1);
    made.checkup('worker', 0, 2);
    made.setDynos('worker', 6, 3);
    made.checkup('worker', 5, 4);
    made.setDynos('worker', 2, 5);
    made.checkup('worker', 5, 6);
    expect(textsOf()).toEqual([
      '0 → 1 dyno by hand',
      '1 → 0 dynos, at 0 jobs: the manager undoes the change by hand; raise its minimum to keep more dynos',
      '0 → 6 dynos by hand',
      '6 → 4 dynos, at 5 jobs: the manager undoes the change by hand; raise its maximum to keep more dynos',
      '4 → 2 dynos by hand',
      '2 → 4 dynos, at 5 jobs: the manager undoes the change by hand; lower its maximum to keep fewer dynos',
    ]);
  });

  it('that the manager agreed with, or that it goes on with, is not undone', () => {
    const made = scaling({ maximum: 4 });
    made.setDynos('worker', 1, 1);
    made.checkup('worker', 1, 2);
    made.checkup('worker', 0, 3);
    made.setDynos('worker', 1, 4);
    made.checkup('worker', 3, 5);
    expect(textsOf()).toEqual([
      '0 → 1 dyno by hand',
      '1 → 0 dynos, at 0 jobs',
      '0 → 1 dyno by hand',
      '1 → 3 dynos, at 3 jobs',
    ]);
  });

  it('is remembered while the manager waits', () => {
    const made = scaling({ maximum: 4, downscaleSensitivity: 2 });
    made.setDynos('worker', 1, 1);
    made.checkup('worker', 0, 2);
    made.checkup('worker', 0, 3);
    expect(textsOf().at(-1)).toContain('the manager undoes the change by hand');
  });

  it('to as many dynos as there are is none', () => {
    const made = scaling({ maximum: 4 });
    made.setDynos('worker', 0, 1);
    expect(textsOf()).toEqual([]);
  });
});
