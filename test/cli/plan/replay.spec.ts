/** The rules of the replay, each in a small case that was worked out by hand. */
import { describe, expect, it } from '@jest/globals';
import { Line } from '../../../cli/plan/line.js';
import { replay } from '../../../cli/plan/replay.js';
import { jobsOf } from '../../../cli/plan/workload.js';
import { always, DEFAULTS, MONDAY_NOON, played, workerManager, workload } from './support.js';

const size = (settings: Readonly<Record<string, unknown>> = {}) =>
  workerManager({ type: 'job-queue-size', maximum: 10, ...settings });
const latency = (settings: Readonly<Record<string, unknown>> = {}) =>
  workerManager({ type: 'job-queue-latency', maximum: 10, minimumLatency: 5, maximumLatency: 30, ...settings });

/** Two dynos, of which dyno 2 runs the third job from 65 on when dyno 1 alone is wanted at 120, and a fourth job comes at 140. */
const shrinking = (third: number) =>
  workload(
    [
      [0, 145],
      [0, 50],
      [0, third],
      [140, 10],
    ],
    400,
  );
const TWO_JOBS_PER_DYNO = { ratio: 2, maximum: 2, decrementable: true };

describe('jobs', () => {
  it('start in the order of readiness, as soon as a slot is free', () => {
    const jobs = workload([[5, 10], [0, 10], [0, 10]], 60); // prettier-ignore

    expect(played(jobs, always(1))).toMatchObject({ waits: [0, 10, 15], dynoSeconds: 60, seconds: 60 });
    expect(played(jobs, always(2))).toMatchObject({ waits: [0, 0, 5], dynoSeconds: 120 });
    expect(played(jobs, always(1), { slots: 2 })).toMatchObject({ waits: [0, 0, 5], dynoSeconds: 60 });
  });

  it('in line at the start are ready at 0 and take the mean, less the listed ones', () => {
    const jobs = workload([[-5, 10], [20, 30]], 90, 3); // prettier-ignore

    expect(played(jobs, always(1))).toMatchObject({ waits: [5, 10, 30, 30], seconds: 90 });
  });

  it('that take no time never count at a checkup', () => {
    expect(
      played(
        workload(
          [
            [0, 0],
            [0, 0],
            [60, 0],
          ],
          120,
        ),
        size({ minimum: 1 }),
      ),
    ).toMatchObject({
      // prettier-ignore
      waits: [0, 0, 0],
      dynoSeconds: 120,
    });
  });

  it('go to the lowest-numbered dyno with a free slot', () => {
    // Both are free at 70. Dyno 2 stops at 120, and ends at once, because the last job runs in dyno 1.
    const jobs = workload([[0, 50], [0, 50], [70, 60]], 240); // prettier-ignore

    expect(played(jobs, size({ decrementable: true }))).toMatchObject({
      waits: [15, 15, 0],
      dynoSeconds: 180 + 120,
    });
  });
});

describe('dynos', () => {
  it('come up some time after the checkup that wants them, and count from it', () => {
    const jobs = workload([[10, 20]], 200);

    expect(played(jobs, size())).toMatchObject({ waits: [65], dynoSeconds: 60, seconds: 200 });
    expect(played(jobs, size(), { boot: 0 })).toMatchObject({ waits: [50], dynoSeconds: 60 });
    expect(played(jobs, size(), { firstCheckup: 15 })).toMatchObject({ waits: [20], dynoSeconds: 60 });
  });

  it('of the minimum are up from 0, also before the first checkup', () => {
    const jobs = workload([[1, 2]], 100);

    expect(played(jobs, size({ minimum: 1 }), { firstCheckup: 45 })).toMatchObject({ waits: [0], dynoSeconds: 100 });
  });

  it('that stop before they are up count until then', () => {
    const jobs = workload([[10, 10], [10, 8]], 60); // prettier-ignore

    expect(played(jobs, size({ minimum: 1 }), { boot: 40, checkupFrequency: 15 })).toMatchObject({
      waits: [0, 10],
      dynoSeconds: 60 + 15,
    });
  });

  it('count to the end of the last job, if that is later than the trace', () => {
    expect(played(workload([[50, 100]], 60), always(1))).toMatchObject({ seconds: 150, dynoSeconds: 150 });
  });

  it('follow the time ranges from the time at which the trace started', () => {
    const timeRanges = [{ from: '13:01', until: '14:00', minimum: 2 }];
    const jobs = workload([], 120);

    expect(played(jobs, size({ timeRanges }), { timeZone: 'Europe/Amsterdam' })).toMatchObject({ dynoSeconds: 120 });
    expect(played(jobs, size({ timeRanges }))).toMatchObject({ dynoSeconds: 0 });
    expect(MONDAY_NOON.toISOString()).toBe('2026-11-23T12:00:00.000Z');
  });
});

describe('at one instant', () => {
  it('jobs become ready before the checkup, and end before it', () => {
    expect(played(workload([[60, 45]], 200), size())).toMatchObject({ waits: [15], dynoSeconds: 60 });
  });

  it('dynos come up and jobs start before the checkup', () => {
    // At 120 the job starts, so its latency is 0, and the dyno stops at once: it ends with its job.
    expect(played(workload([[60, 25]], 200), latency(), { boot: 60 })).toMatchObject({
      waits: [60],
      dynoSeconds: 85,
      interrupted: 0,
    });
  });

  it('a job that ends as its dyno would be killed has ended', () => {
    expect(played(shrinking(85), size(TWO_JOBS_PER_DYNO))).toMatchObject({
      waits: [15, 15, 65, 20],
      dynoSeconds: 180 + 150,
      interrupted: 0,
    });
  });
});

describe('a dyno that stops', () => {
  it('takes no more jobs, and interrupts its own after 30 s: it is first in line, and starts from the beginning', () => {
    expect(played(shrinking(100), size(TWO_JOBS_PER_DYNO))).toMatchObject({
      waits: [15, 15, 160, 120],
      dynoSeconds: 300 + 150,
      interrupted: 1,
      endless: false,
    });
  });

  it('interrupts several at once in their order of readiness', () => {
    // Dyno 2 runs the third and the fourth job, and stops at 60. The other has a free slot at 160, and one at 180.
    const jobs = workload(
      [30, 165, 500, 400, 115].map((took) => [0, took] as const),
      700,
    );

    expect(played(jobs, size({ ratio: 4, decrementable: true }), { slots: 2 })).toMatchObject({
      waits: [15, 15, 160, 180, 45],
      dynoSeconds: 660 + 90,
      interrupted: 2,
    });
  });

  it('puts its job before those that were interrupted earlier', () => {
    // Nine jobs of no time make three dynos. One stops at 60, one at 120, and the last is free at 215.
    const took = [0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 300, 300];
    const jobs = workload(
      took.map((seconds) => [0, seconds] as const),
      900,
    );

    const { waits, ...result } = played(jobs, size({ ratio: 5, decrementable: true, downscaleLimit: 1 }));
    expect(waits.slice(9)).toEqual([15, 215, 515]);
    expect(result).toMatchObject({ dynoSeconds: 840 + 150 + 90, interrupted: 2 });
  });

  it('may interrupt more jobs than a call has room for arguments', () => {
    const jobs = workload([], 100, 150_000);
    const line = new Line(jobsOf(jobs));
    const taken = Array.from({ length: 150_000 }, () => line.takeFirst());

    line.putFirst(taken, 50);
    expect(line.readyCount(50)).toBe(150_000);
    expect([line.takeFirst(), line.takeFirst()]).toEqual([0, 1]);
  });

  it('is none that runs a job, under protect', () => {
    expect(played(shrinking(100), size({ ...TWO_JOBS_PER_DYNO, protect: true }))).toMatchObject({
      waits: [15, 15, 65, 20],
      dynoSeconds: 2 * 180,
      interrupted: 0,
    });
  });

  it('is none while any job runs, under protect with a latency', () => {
    const jobs = workload([[0, 200]], 400);

    // While it runs, no job waits: the dyno stops at the next checkup, and the job starts over, ten times.
    expect(played(jobs, latency())).toMatchObject({ endless: true, interrupted: 10 });
    expect(played(jobs, latency({ protect: true }))).toMatchObject({ waits: [15], dynoSeconds: 240, interrupted: 0 });
  });
});

describe('the value', () => {
  it('is the age of the oldest job in line, at least 0.001 s', () => {
    // At 0 the job has only just become ready: upscaleOnInitialJob wants a dyno for it all the same.
    expect(played(workload([[0, 10]], 100), latency())).toMatchObject({ waits: [15], dynoSeconds: 60 });
    // At 60 the jobs have waited for 30 s, which is not above the maximum, and at 120 for more.
    const waiting = workload([[30, 100], [30, 100]], 300); // prettier-ignore
    const slow = latency({ upscaleOnInitialJob: false, minimumLatency: 0 });
    expect(played(waiting, slow)).toMatchObject({ waits: [105, 165], dynoSeconds: 180 + 120 });
  });

  it('counts agreeing checkups and time-outs as HireFire does', () => {
    const jobs = workload([[10, 20]], 400);

    expect(played(jobs, size({ upscaleSensitivity: 2, downscaleSensitivity: 2 }))).toMatchObject({
      waits: [125],
      dynoSeconds: 120,
    });
  });
});

describe('a run is cut off', () => {
  const endless = { endless: true, seconds: 100 + 86_400 };

  it('when it is not over a day after the trace', () => {
    expect(played(workload([[0, 86_500]], 100), always(1))).toMatchObject({ endless: false, seconds: 86_500 });
    expect(played(workload([[0, 86_501]], 100), always(1))).toMatchObject(endless);
    expect(played(workload([[0, 1]], 100), always(0))).toMatchObject({ ...endless, dynoSeconds: 0 });
  });

  it('while a dyno stops, which counts until then', () => {
    // Dyno 2 is wanted at 86,340 and stops at 86,460, in the middle of its job.
    const jobs = workload([[0, 86_430], [86_340, 1000]], 80); // prettier-ignore

    expect(played(jobs, size({ minimum: 1, decrementable: true }))).toMatchObject({
      endless: true,
      dynoSeconds: 86_480 + 140,
    });
  });
});

describe('the figures', () => {
  it('are percentiles by nearest rank', () => {
    const jobs = workload(Array.from({ length: 100 }, () => [0, 1] as const), 180); // prettier-ignore

    expect(replay(jobsOf(jobs), { ...DEFAULTS, manager: always(1), phases: 1 })).toEqual({
      wait: { mean: 49.5, p50: 49, p95: 94, max: 99 },
      dynoHours: 0.05,
      dynoHoursPerDay: 24,
      interrupted: 0,
      endless: false,
    });
  });

  it('are means over the phases', () => {
    const { wait, ...replayed } = replay(jobsOf(workload([[10, 20]], 200)), {
      ...DEFAULTS,
      manager: size(),
      phases: 4,
    });

    expect(wait).toEqual({ mean: 42.5, p50: 42.5, p95: 42.5, max: 42.5 });
    expect(replayed.dynoHours).toBeCloseTo(1 / 60, 12);
    expect(replayed.dynoHoursPerDay).toBeCloseTo(7.2, 12);
  });

  it('have no wait when a phase is endless', () => {
    const settings = { ...DEFAULTS, manager: always(0), phases: 2 };

    expect(replay(jobsOf(workload([[0, 1]], 60)), settings)).toMatchObject({ wait: null, endless: true });
  });
});
