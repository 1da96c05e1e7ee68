/** The table of `plan`, and its line about the search. */
import { describe, expect, it, jest } from '@jest/globals';
import type { Plan } from '../../../../cli/commands/plan/answer.js';
import { Progress } from '../../../../cli/commands/plan/progress.js';
import { headOf, littleText, managerText, spanText, tableOf } from '../../../../cli/commands/plan/text.js';
import type { WorkerManager } from '../../../../cli/hirefire/managers/schema.js';
import { workerManager } from '../../plan/support.js';
import { Screen } from '../../support/screen.js';

const sizeWith = (settings: object): WorkerManager =>
  workerManager({ type: 'job-queue-size', ratio: 5, maximum: 10, ...settings });
const size = sizeWith({});

function planOf(
  id: Plan['id'],
  manager: WorkerManager,
  dynoHoursPerDay: number,
  p95: number,
  price: number | null,
): Plan {
  const wait = { mean: 0, p50: 0, p95, max: 0 };
  const starred = id === 'cheaper';
  return { id, starred, manager, dynoHours: 1, dynoHoursPerDay, pricePerMonth: price, wait, interrupted: 0 };
}

describe('the text of a plan', () => {
  const jobs = { jobs: 2512, took: { mean: 41.2, p95: 190 }, estimated: false, plans: [] };

  it('is that of the documentation', () => {
    const plans = [
      planOf('now', size, 31.2, 22.4, 26),
      planOf('cheaper', sizeWith({ ratio: 14, maximum: 6, decrementable: true }), 17, 58, 14),
      planOf('faster', sizeWith({ ratio: 3, minimum: 1, maximum: 12 }), 38, 6, 32),
      planOf('fixed', sizeWith({ minimum: 4, maximum: 4 }), 96, 0, 80),
    ];
    expect([headOf('worker', jobs, 11_400, 4), ...tableOf(plans)]).toEqual([
      'worker: 2,512 jobs in 3 h 10 min, 41 s each (95 %: 190 s), 4 at a time per dyno',
      '  now      ratio 5, 0 to 10                  31 dyno hours a day   $26 a month   95 % wait at most 22 s',
      '* cheaper  ratio 14, 0 to 6, decrementable   17                    $14           58 s',
      '  faster   ratio 3, 1 to 12                  38                    $32            6 s',
      '  fixed    4 dynos                           96                    $80            0 s',
    ]);
  });

  it('has no prices where none is known, and says that a run never ends', () => {
    const never: Plan = { ...planOf('now', size, 240, 0, null), wait: null, endless: true };
    expect(tableOf([never, planOf('fixed', sizeWith({ minimum: 1, maximum: 1 }), 9.5, 0.0123, null)])).toEqual([
      '  now    ratio 5, 0 to 10   240 dyno hours a day   never ends',
      '  fixed  1 dyno             9.5                    0.012 s',
    ]);
  });

  it('names the parts of a manager that it prints', () => {
    const latency = workerManager({ type: 'job-queue-latency', minimumLatency: 5, maximumLatency: 30.5, minimum: 1 });
    expect(managerText({ ...latency, protect: true })).toBe('5 to 30.5 s, 1 to 3, protected');
    expect(managerText(sizeWith({ minimum: 1000, maximum: 1500 }))).toBe('ratio 5, 1,000 to 1,500');
    const timeRanges = sizeWith({ timeRanges: [{ from: '08:00', until: '20:00', minimum: 2 }] });
    expect(managerText({ ...timeRanges, maximum: 0 })).toBe('ratio 5, 0 to 0, time ranges');
  });

  it('marks an estimate, and little history', () => {
    const one = { ...jobs, jobs: 1, estimated: true };
    expect(headOf('worker', one, 50, 1)).toBe(
      'worker: about 1 job in 50 s (estimated), 41 s each by --job, 1 at a time per dyno',
    );
    expect(littleText(jobs, 3600)).toEqual([]);
    const cure = 'of history is little: plan again with at least 200 jobs and one hour';
    expect(littleText({ ...jobs, jobs: 199 }, 3600)).toEqual([`! 199 jobs ${cure}`]);
    expect(littleText(jobs, 3599)).toEqual([`! 59 min ${cure}`]);
    expect(littleText(one, 60)).toEqual([`! 1 job in 1 min ${cure}`]);
    expect([3600 * 26, 59.7 * 60, 0].map(spanText)).toEqual(['26 h', '59 min', '0 s']);
  });
});

describe('the progress of a search', () => {
  it.each([
    [true, 'worker: 2 of up to 500 settings replayed over 7 jobs'],
    [false, 'worker: 1 of up to 500 settings replayed over 7 jobs'],
  ])('is shown after a second; on a terminal (%p) it is redrawn, and taken away at the end', (isTTY, last) => {
    jest.useFakeTimers();
    const screen = Object.assign(new Screen(), { isTTY });
    const progress = new Progress(screen, 'worker', 7);
    progress.replayed();
    jest.advanceTimersByTime(999);
    expect(screen.raw).toBe('');
    jest.advanceTimersByTime(1);
    progress.replayed();
    jest.advanceTimersByTime(1000);
    expect(screen.lines[0]).toBe(last);
    progress.end();
    jest.advanceTimersByTime(5000);
    jest.useRealTimers();
    expect(screen.lines[0]).toBe(isTTY ? '' : last);
  });
});
