/** The live picture of a watch: what stands on a terminal after each drawing. */

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RunState } from '../../../../cli/run/run-state.js';
import { viewOn } from '../../../../cli/commands/watch/view.js';
import type { Checkup } from '../../../../cli/commands/watch/watch.js';
import { manager } from '../../hirefire/managers/support.js';
import { Screen } from '../../support/screen.js';

const NO_COLOR = process.env.NO_COLOR;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['performance'] });
  delete process.env.NO_COLOR;
});

afterEach(() => {
  jest.useRealTimers();
  delete process.env.NO_COLOR;
  if (NO_COLOR !== undefined) {
    process.env.NO_COLOR = NO_COLOR;
  }
});

const worker = manager({ type: 'job-queue-size', maximum: 4 });

function stateOf(): RunState {
  const state = new RunState('watch https://app/', new Date(), 15);
  state.addProcess('worker', worker, 0, 0);
  return state;
}

function checkup(state: RunState, t: number, value: number | null, dynos: number): Checkup {
  state.add('worker', { t, value, dynos });
  return {
    t,
    poll:
      value === null
        ? { ok: false, ms: 1, reason: 'no Redis' }
        : { ok: true, ms: 12, values: new Map([['worker', value]]) },
    decided: [],
    unmanaged: [],
  };
}

describe('the live view', () => {
  it('draws one picture anew', () => {
    const screen = new Screen();
    const state = stateOf();
    const view = viewOn(screen, false, state);
    view.note('A note.');
    view.checkup(checkup(state, 0, 2, 2));
    state.addEvent({ t: 15, process: 'worker', level: 'info', text: '2 → 4 dynos' });
    state.addEvent({ t: 30, level: 'problem', text: 'poll failed' });
    view.checkup(checkup(state, 15, 8, 4));
    expect(screen.isCursorHidden).toBe(true);
    view.checkup(checkup(state, 30, null, 4));
    view.close();
    expect(screen.isCursorHidden).toBe(false);
    expect(screen.lines).toEqual([
      'watch https://app/  00:30  next checkup in 15s',
      'A note.',
      '',
      '✗ poll failed, dynos left alone: no Redis',
      '',
      'worker          ●●●●                   unknown  ▃█',
      '',
      '00:15  worker: 2 → 4 dynos',
      '00:30  poll failed',
    ]);
  });

  it('fits into a small terminal', () => {
    const screen = new Screen(20, 6);
    const state = stateOf();
    const view = viewOn(screen, false, state);
    for (let turn = 0; turn < 20; turn++) {
      state.addEvent({ t: turn, level: 'info', text: 'x'.repeat(200) });
      view.checkup(checkup(state, turn, turn, 1));
    }
    view.close();
    expect(screen.lines).toHaveLength(5);
    expect(Math.max(...screen.lines.map((line) => line.length))).toBeLessThan(20);
  });

  it('takes a terminal that does not know its size for a usual one', () => {
    const screen = new Screen(0, 0);
    viewOn(screen, false, stateOf()).close();
    expect(screen.lines[0]).toBe('watch https://app/  00:00  next checkup in 15s');
  });

  it('has no colour where NO_COLOR is set', () => {
    const colorful = new Screen();
    viewOn(colorful, false, stateOf()).close();
    expect(colorful.raw).toContain('\u001b[1m');
    process.env.NO_COLOR = '1';
    const colorless = new Screen();
    viewOn(colorless, false, stateOf()).close();
    expect(colorless.raw).not.toContain('\u001b[1m');
    expect(colorless.lines).toEqual(colorful.lines);
  });

  it('is a line per checkup with --plain', () => {
    const screen = new Screen();
    const state = stateOf();
    const view = viewOn(screen, true, state);
    view.checkup({
      ...checkup(state, 3725, 2, 2),
      decided: [
        { name: 'worker', manager: worker, value: 2, from: 0, dynos: 1, history: { ...HISTORY }, waitsFor: 'timeout' },
      ],
    });
    view.close();
    expect(screen.raw).toBe('1:02:05  worker: 2 jobs, 0 → 1 dyno, waits for its timeout\n');
  });
});

const HISTORY = { dynos: 1, upscalesWanted: 1, downscalesWanted: 0, upscaledAt: undefined, downscaledAt: undefined };
