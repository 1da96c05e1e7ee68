/** The live picture of a watch: what stands on a terminal after each drawing. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RunState } from '../../../../cli/run/run-state.js';
import { Scaling } from '../../../../cli/run/scaling.js';
import { summaryOf, viewOn } from '../../../../cli/commands/watch/view.js';
import type { Checkup } from '../../../../cli/commands/watch/watch.js';
import { manager } from '../../hirefire/managers/support.js';
import { Screen } from '../../support/screen.js';

const NO_COLOR = process.env.NO_COLOR;

beforeEach(() => {
  jest.useFakeTimers();
  delete process.env.NO_COLOR;
});

afterEach(() => {
  jest.useRealTimers();
  delete process.env.NO_COLOR;
  if (NO_COLOR !== undefined) {
    process.env.NO_COLOR = NO_COLOR;
  }
});

const worker = manager({ type: 'job-queue-size', maximum: 4, upscaleTimeout: 1 });
let state: RunState;
let scaling: Scaling;
let hireFireSeconds: number;

beforeEach(() => {
  hireFireSeconds = 0;
  state = new RunState('watch https://app/', new Date(), 15);
  scaling = new Scaling({ state, timeZone: 'UTC', now: () => hireFireSeconds * 1000 });
  scaling.add('worker', worker, 0, 1e6);
});

function checkup(t: number, value: number | null): Checkup {
  hireFireSeconds = t;
  jest.setSystemTime(state.startedAt.getTime() + t * 1000);
  const decided = scaling.checkup('worker', value, t);
  return {
    t,
    poll:
      value === null
        ? { ok: false, ms: 1, reason: 'no Redis' }
        : { ok: true, ms: 12, values: new Map([['worker', value]]) },
    decided: decided ? [decided] : [],
    unmanaged: [],
  };
}

function drawOn(screen: Screen): void {
  const view = viewOn(screen, false, state);
  jest.advanceTimersByTime(250);
  view.close();
}

describe('the live view', () => {
  it('redraws one picture', () => {
    const screen = new Screen();
    const view = viewOn(screen, false, state);
    view.say('A note.');
    view.checkup(checkup(0, 2));
    view.checkup(checkup(75, 8));
    state.addEvent({ t: 90, level: 'problem', text: 'poll failed' });
    expect(screen.isCursorHidden).toBe(true);
    view.checkup(checkup(90, null));
    view.close();
    expect(screen.isCursorHidden).toBe(false);
    expect(screen.lines).toEqual([
      'A note.',
      '',
      'watch https://app/  01:30  next checkup in 15s',
      '✗ poll failed, dynos left alone: no Redis',
      '',
      'worker          ●●●●                   unknown  ▃█',
      '',
      '00:00  worker: 0 → 2 dynos, at 2 jobs',
      '01:15  worker: 2 → 4 dynos, at 8 jobs',
      '01:30  poll failed',
    ]);
  });

  it('fits into a small terminal', () => {
    const screen = new Screen(20, 6);
    const view = viewOn(screen, false, state);
    for (let turn = 0; turn < 20; turn++) {
      state.addEvent({ t: turn, level: 'info', text: 'x'.repeat(200) });
      view.checkup(checkup(turn, turn));
    }
    view.close();
    expect(screen.lines).toHaveLength(5);
    expect(Math.max(...screen.lines.map((line) => line.length))).toBeLessThan(20);
  });

  it('takes a terminal that does not know its size for a usual one', () => {
    const screen = new Screen(0, 0);
    drawOn(screen);
    expect(screen.lines.slice(1, 3)).toEqual(['watch https://app/  00:00', '… the first checkup']);
  });

  it('has no colour where NO_COLOR is set', () => {
    const colorful = new Screen();
    drawOn(colorful);
    expect(colorful.raw).toContain('\u001b[1m');
    process.env.NO_COLOR = '1';
    const colorless = new Screen();
    drawOn(colorless);
    expect(colorless.raw).not.toContain('\u001b[1m');
    expect(colorless.lines).toEqual(colorful.lines);
  });

  it('is a line per checkup with --plain', () => {
    const screen = new Screen();
    const view = viewOn(screen, true, state);
    view.checkup(checkup(3675, 1));
    view.checkup(checkup(3690, 1_234.5));
    view.close();
    expect(screen.raw).toBe(
      '1:01:15  worker: 1 job, 0 → 1 dyno\n1:01:30  worker: 1,234.5 jobs, 1 dyno, waits for its timeout\n',
    );
  });
});

describe('the summary', () => {
  it('has the dyno hours of the dynos on paper, and their cost', () => {
    checkup(0, 3);
    checkup(60, null);
    expect(summaryOf(state)).toEqual([
      '0 checkups, 0 failed',
      'worker: 0.050 dyno hours ($69.44); always at its maximum: 0.067 dyno hours ($92.59)',
    ]);
  });
});
