/** What a run shows on a terminal, and in a file. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RunState } from '../../../../cli/run/run-state.js';
import { viewFor, type View } from '../../../../cli/commands/simulate/view.js';
import { manager } from '../../hirefire/managers/support.js';
import { Screen } from '../../support/screen.js';

const POLL = { ok: true, ms: 12, values: new Map() } as const;

let state: RunState;
let view: View;

beforeEach(() => {
  jest.useFakeTimers();
  state = new RunState('simulate', new Date(), 1);
  state.addProcess('web', undefined, 1, 0);
  state.addProcess('worker', manager({ type: 'job-queue-size', maximum: 4 }), 0, 0);
});

afterEach(() => {
  view.close();
  jest.useRealTimers();
});

function run(): void {
  view.say('The app is there.');
  state.add('worker', { t: 0, value: 0, dynos: 0 });
  view.checkup(POLL);
  state.addEvent({ t: 1, process: 'worker', level: 'info', text: '0 → 2 dynos, at 2 jobs' });
  state.add('worker', { t: 1, value: 2, dynos: 2 });
  view.checkup(POLL);
  state.add('worker', { t: 2, value: 2, dynos: 2 });
  view.checkup(POLL);
  state.addEvent({ t: 2, process: 'worker', level: 'problem', text: 'worker.3 was killed' });
}

describe('a run', () => {
  it('is a picture on a terminal: dynos, those that are stopping, and those that could be', () => {
    const screen = new Screen();
    view = viewFor({ state, output: screen, isPlain: false, stopping: (name) => (name === 'worker' ? 1 : 0) });
    run();
    jest.advanceTimersByTime(250);
    expect(screen.isCursorHidden).toBe(true);
    view.close();
    expect(screen.isCursorHidden).toBe(false);
    expect(screen.lines).toEqual([
      'The app is there.',
      '',
      'simulate  00:00  ✓ answered in 12 ms',
      '',
      'web             ●',
      'worker          ●●◐○                    2 jobs  ▁██',
      '',
      '00:01  worker: 0 → 2 dynos, at 2 jobs',
      '00:02  worker.3 was killed',
    ]);
  });

  it('is a line per event elsewhere, and none that says what the last one said', () => {
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text) };
    view = viewFor({ state, output, isPlain: false, stopping: () => 0 });
    run();
    expect(lines).toEqual([
      'The app is there.\n',
      '00:00  web: 1 dyno | worker: 0 jobs, 0 dynos\n',
      '00:01  worker: 0 → 2 dynos, at 2 jobs\n',
      '00:01  web: 1 dyno | worker: 2 jobs, 2 dynos\n',
      '00:02  PROBLEM worker.3 was killed\n',
    ]);
  });
});
