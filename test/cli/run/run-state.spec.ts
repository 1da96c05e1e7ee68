/** The model of a run: its meter of dyno time, and the managers that it had. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { managerAt } from '../../../cli/run/run-process.js';
import { reportOf } from '../../../cli/run/report.js';
import { RunState } from '../../../cli/run/run-state.js';
import { Scaling } from '../../../cli/run/scaling.js';
import { manager } from '../hirefire/managers/support.js';

const FOUR = manager({ type: 'job-queue-size', maximum: 4 });
const TWO = manager({ type: 'job-queue-size', maximum: 2 });

let state: RunState;

beforeEach(() => {
  state = new RunState('simulate', new Date(0), 1);
});

describe('dyno seconds', () => {
  it('are those of running dynos, whatever was decided, and all figures cover the same time', () => {
    const scaling = new Scaling({ state, timeZone: 'UTC', now: () => 0, scale: () => undefined });
    scaling.add('web', undefined, 0);
    scaling.add('worker', FOUR, 0);
    state.setCounts('web', { running: 1, up: 0, stopping: 0 }, 0.5);
    scaling.checkup('worker', 3, 1);
    state.setCounts('worker', { running: 3, up: 3, stopping: 0 }, 1.25);
    scaling.checkup('worker', 0, 2);
    state.setCounts('worker', { running: 3, up: 0, stopping: 3 }, 2);
    state.setCounts('worker', { running: 0, up: 0, stopping: 0 }, 9);
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
});
