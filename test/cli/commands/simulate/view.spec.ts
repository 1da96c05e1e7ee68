/** The output of a run in a terminal, and in a file. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RunState } from '../../../../cli/run/run-state.js';
import { Scaling } from '../../../../cli/run/scaling.js';
import { summaryOf } from '../../../../cli/commands/simulate/summary.js';
import { viewFor } from '../../../../cli/commands/simulate/view.js';
import { manager } from '../../hirefire/managers/support.js';
import { Screen } from '../../support/screen.js';

const POLL = { ok: true, ms: 12, values: new Map() } as const;

let state: RunState;
let scaling: Scaling;
let view: ReturnType<typeof viewFor>;

beforeEach(() => {
  jest.useFakeTimers();
  state = new RunState('simulate', new Date(), 1);
  scaling = new Scaling({ state, timeZone: 'UTC', now: Date.now, scale: () => undefined });
  scaling.add('web', undefined, 0);
  scaling.add('worker', manager({ type: 'job-queue-size', maximum: 4 }), 0);
});

afterEach(() => {
  view.close();
  jest.useRealTimers();
});

function run(): void {
  view.say('The app is there.');
  scaling.checkup('worker', 0, 0);
  view.checkup({ poll: POLL });
  scaling.checkup('worker', 2, 1);
  view.checkup({ poll: POLL });
  scaling.checkup('worker', 2, 2);
  view.checkup({ poll: POLL });
  state.addEvent({ t: 2, process: 'worker', level: 'problem', text: 'worker.3 was killed' });
}

function crash(t: number, ...lastLines: string[]): void {
  const message = 'worker.1 crashed (exit code 1)';
  state.addProblem({
    ...{ kind: 'crashed', process: 'worker', dyno: 'worker.1', t, message, lastLines, log: '/logs/worker.1.log' },
  });
}

describe('a run', () => {
  it('is a picture on a terminal: dynos, those that are stopping, and those that could be', () => {
    const screen = new Screen();
    const dyno = { isRunning: true, lastLines: [] };
    state.setDynos('web', [{ ...dyno, name: 'web.1', status: 'crashed' }], 0);
    state.setDynos(
      'worker',
      (['up', 'starting', 'stopping'] as const).map((status, index) => ({
        ...dyno,
        name: `worker.${index + 1}`,
        status,
      })),
      0,
    );
    view = viewFor(state, screen, false);
    run();
    jest.advanceTimersByTime(250);
    expect(screen.isCursorHidden).toBe(true);
    view.close();
    expect(screen.isCursorHidden).toBe(false);
    expect(screen.lines).toEqual([
      'The app is there.',
      '',
      'simulate  00:00  next checkup in 1s',
      '✓ answered in 12 ms',
      '',
      'web             ✗',
      'worker          ●◌◐○                    2 jobs  ▁██',
      '',
      '00:01  worker: 0 → 2 dynos, at 2 jobs',
      '00:02  worker.3 was killed',
    ]);
  });

  it('is a line per event elsewhere, and none that says what the last one said', () => {
    const lines: string[] = [];
    const output = { write: (text: string) => lines.push(text) };
    view = viewFor(state, output, false);
    run();
    expect(lines).toEqual([
      'The app is there.\n',
      '00:00  web: 1 dyno | worker: 0 jobs, 0 dynos\n',
      '00:01  worker: 0 → 2 dynos, at 2 jobs\n',
      '00:01  web: 1 dyno | worker: 2 jobs, 2 dynos\n',
      '00:02  PROBLEM worker.3 was killed\n',
    ]);
  });

  it('shows why a dyno crashed, the same lines once only', () => {
    const lines: string[] = [];
    view = viewFor(state, { write: (text: string) => lines.push(text) }, false);
    crash(1, 'Error: no REDIS_URL', '    at boot');
    crash(2, 'Error: no REDIS_URL', '    at boot');
    crash(3);
    expect(lines).toEqual([
      '00:01  PROBLEM worker.1 crashed (exit code 1)\n',
      '       | Error: no REDIS_URL\n',
      '       |     at boot\n',
      '       its log: /logs/worker.1.log\n',
      '00:02  PROBLEM worker.1 crashed (exit code 1)\n',
      '00:03  PROBLEM worker.1 crashed (exit code 1)\n',
      '       it wrote nothing\n',
    ]);
  });

  it('shows it above the picture on a terminal', () => {
    const screen = new Screen();
    view = viewFor(state, screen, false);
    view.checkup({ poll: POLL });
    crash(1, 'Error: no REDIS_URL');
    jest.advanceTimersByTime(250);
    view.close();
    const text = screen.lines.join('\n');
    expect(text).toContain(
      '00:01  PROBLEM worker.1 crashed (exit code 1)\n       | Error: no REDIS_URL\n       its log: /logs/worker.1.log',
    );
    expect(text.lastIndexOf('its log')).toBeLessThan(text.lastIndexOf('worker          '));
  });

  it('ends with it too, and the cure', () => {
    view = viewFor(state, { write: () => undefined }, false);
    crash(1, 'Error: no REDIS_URL');
    crash(2, 'Error: no REDIS_URL');
    expect(summaryOf(state).slice(-6)).toEqual([
      'crashed: 2',
      '  1.0 s: worker.1 crashed (exit code 1)',
      '       | Error: no REDIS_URL',
      '       its log: /logs/worker.1.log',
      '  2.0 s: worker.1 crashed (exit code 1)',
      expect.stringContaining('  Cure: '),
    ]);
  });
});
