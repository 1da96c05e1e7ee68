/** Interrupted jobs of dynos that ended at once on SIGTERM, found by the numbers alone. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { recordDynoEvent } from '../../../cli/commands/simulate/dyno-events.js';
import { HEROKU_TIMES, type DynoStatus, type EventOfDyno } from '../../../cli/heroku/formation.js';
import { EarlyStops } from '../../../cli/run/early-stops.js';
import { RunState } from '../../../cli/run/run-state.js';
import { manager } from '../hirefire/managers/support.js';

let state: RunState;
let earlyStops: EarlyStops;
let t: number;
let isEnding: boolean;

beforeEach(() => {
  state = new RunState('simulate', new Date(0), 1);
  earlyStops = new EarlyStops(state);
  t = 0;
  isEnding = false;
});

function bySize(): void {
  state.addProcess('worker', manager({ type: 'job-queue-size', maximum: 9 }), 9, t);
}

function byLatency(): void {
  const thresholds = { minimumLatency: 1, maximumLatency: 30 };
  state.addProcess('worker', manager({ type: 'job-queue-latency', maximum: 9, ...thresholds }), 9, t);
}

/** A checkup a second later, and so on. */
function checkups(...values: readonly (number | null)[]): void {
  for (const value of values) {
    t++;
    earlyStops.checkup('worker', value, t);
    state.checkup('worker', value, t);
  }
}

function setDynos(...statuses: readonly DynoStatus[]): void {
  const dynos = statuses.map((status, index) => ({ name: `worker.${index + 1}`, status, isRunning: true }));
  state.setDynos(
    'worker',
    dynos.map((dyno) => ({ ...dyno, lastLines: [] })),
    t,
  );
}

/** Each of them ends that many milliseconds after SIGTERM, which came with the last checkup. */
function stop(ms: number | undefined, ...numbers: readonly number[]): void {
  numbers.forEach((number) => earlyStops.stopped('worker', `worker.${number}`, ms, t + (ms ?? 30_000) / 1000));
}

/** To worker.2. */
function happens(...events: readonly EventOfDyno[]): void {
  events.forEach((event) =>
    recordDynoEvent({ process: 'worker', dyno: 'worker.2', ...event }, t, isEnding, {
      ...{ state, earlyStops, times: HEROKU_TIMES, logOf: () => undefined },
    }),
  );
}

const accused = (): string[] => state.problems.map(({ message }) => message.replace(/ ended at once.*/, ''));

describe('under a size, a stop at once', () => {
  beforeEach(bySize);

  it.each<[what: string, others: number, stopped: number[], before: number, after: number[], accused: string[]]>([
    ['and a number that stays', 1, [2], 2, [2, 2], ['worker.2']],
    ['and a number that rises', 1, [2], 2, [3, 3], ['worker.2']],
    ['and a number that falls to 0', 1, [2], 2, [1, 1, 0, 0], []],
    ['and a number that fell by one, as another dyno’s job ended, and stays', 1, [2], 2, [1, 1, 1], ['worker.2']],
    ['and a number that fell by one without another dyno', 0, [1], 2, [1, 1, 1], []],
    ['and a number that fell by more than one other job explains', 1, [2], 5, [4, 3, 3, 3], []],
    ['of three, and a number that fell by fewer', 1, [2, 3, 4], 6, [4, 3, 3, 3], ['worker.2, worker.3, and worker.4']],
    ['of two without another dyno, and one job that ended', 0, [1, 2], 2, [1, 1, 1], ['worker.1 and worker.2']],
    ['while there were no jobs', 1, [2], 0, [1, 1, 1], []],
  ])('%s', (_, others, stopped, before, after, names) => {
    checkups(before);
    setDynos(...Array.from({ length: others }, () => 'up' as const));
    stop(20, ...stopped);
    checkups(...after);
    expect(accused()).toEqual(names);
  });

  it('of a dyno whose number is unknown is judged by the number before', () => {
    checkups(2, null);
    stop(20, 1);
    checkups(2, null, 2);
    expect(accused()).toEqual(['worker.1']);
  });

  it('of several checkups names those whose jobs may be left', () => {
    setDynos('up');
    checkups(3);
    stop(20, 4);
    checkups(2);
    stop(20, 3);
    checkups(1);
    stop(20, 2);
    checkups(1, 1);
    expect(accused()).toEqual(['worker.2 and worker.3']);
  });

  it.each([
    [1_000, 1],
    [1_049, 1],
    [1_050, 0],
    [undefined, 0],
  ])('is one of %j ms, which a terminal shows as 1.0 s, or less', (ms, problems) => {
    checkups(1);
    stop(ms, 1);
    checkups(1, 1);
    expect(state.problems).toHaveLength(problems);
  });

  it.each([4_000, undefined])('is none of a worker that waits for its jobs: another dyno ended after %j ms', (ms) => {
    checkups(2);
    stop(20, 2);
    stop(ms, 1);
    checkups(2, 2);
    expect(accused()).toEqual([]);
  });

  it.each([
    [2_999, 1],
    [3_000, 0],
  ])('is none later either, after a stop of %d ms', (ms, problems) => {
    checkups(2);
    stop(ms, 2);
    stop(20, 1);
    checkups(2, 2);
    expect(state.problems).toHaveLength(problems);
  });

  it('is none of a worker that says that it drains, before or after its end', () => {
    checkups(2);
    stop(20, 2);
    earlyStops.drains('worker', 'worker.1', 0);
    checkups(2, 2);
    stop(20, 1);
    checkups(2, 2);
    expect(accused()).toEqual([]);
  });

  it('is judged once no dyno of the process is stopping', () => {
    checkups(2);
    setDynos('stopping');
    stop(20, 2);
    checkups(2, 2, 2);
    expect(accused()).toEqual([]);
    setDynos();
    checkups(2, 2);
    expect(accused()).toEqual(['worker.2']);
  });
});

describe('a dyno that drains', () => {
  beforeEach(bySize);

  it.each<[what: string, running: number[], lost: number[], ms: number | undefined, interrupted: string[]]>([
    ['has interrupted none that ended or went back', [2], [0], 5_000, []],
    ['has interrupted those that it could not hand back', [2], [1], 27_000, ['1 job']],
    ['has interrupted all if it ended without a word', [2], [], 40, ['2 jobs']],
    ['has interrupted none if none ran', [0], [], 40, []],
    ['speaks for each of its apps', [2, 1], [0, 2], 27_000, ['2 jobs']],
    ['of two apps, one of which ended without a word', [2, 1], [0], 27_000, ['3 jobs']],
    ['was killed, which is a problem already', [2], [], undefined, []],
  ])('%s', (_, running, lost, ms, interrupted) => {
    checkups(2);
    happens(...running.map((jobs) => ({ kind: 'draining', jobs }) as const));
    happens(...lost.map((jobs) => ({ kind: 'drained', lost: jobs }) as const));
    happens(ms === undefined ? { kind: 'killed', atEnd: false } : { kind: 'stopped', ms }, { kind: 'stopped', ms: 20 });
    checkups(2, 2);
    const found = state.problems.filter(({ kind }) => kind === 'interrupted-job');
    expect(found.map(({ message }) => /\d jobs?/.exec(message)?.[0])).toEqual(interrupted);
  });

  it('has no problem at the end of the run, and none of an earlier process', () => {
    happens({ kind: 'draining', jobs: 2 }, { kind: 'started' }, { kind: 'stopped', ms: 20 });
    isEnding = true;
    happens({ kind: 'draining', jobs: 2 }, { kind: 'stopped', ms: 20 });
    expect(state.problems).toEqual([]);
  });
});

describe('under a latency, a stop at once', () => {
  beforeEach(byLatency);

  it('of a worker that once took long: the job that waits again was interrupted nevertheless', () => {
    checkups(0);
    stop(4_000, 2);
    stop(20, 1);
    checkups(3);
    expect(accused()).toEqual(['worker.1']);
  });

  it('of a worker that drains is none: the job that waits again was handed back', () => {
    checkups(0);
    stop(20, 1);
    earlyStops.drains('worker', 'worker.1', 0);
    checkups(3);
    expect(accused()).toEqual([]);
  });

  it('while no job waited has interrupted the one that waits later, and was ready before', () => {
    checkups(0);
    stop(20, 1);
    checkups(0, 0, 5.5);
    expect(state.problems).toEqual([
      {
        ...{ kind: 'interrupted-job', process: 'worker', dyno: 'worker.1', t: 1.02 },
        message: 'worker.1 ended at once on SIGTERM, and a job that was ready before waits again: it was interrupted',
        cure: expect.stringContaining('app.enableShutdownHooks()'),
      },
    ]);
  });

  it('has interrupted none when the job that waits was ready later', () => {
    checkups(0);
    stop(20, 1);
    checkups(0, 0, 2.9, 3.9);
    expect(accused()).toEqual([]);
  });

  it('is reported once, and again for the next stop', () => {
    checkups(0);
    stop(20, 1);
    checkups(3, 4, 0);
    stop(20, 1);
    checkups(6, 7);
    expect(accused()).toEqual(['worker.1', 'worker.1']);
  });

  it('of a worker that waits for its jobs is none', () => {
    checkups(0);
    stop(20, 2);
    stop(4_000, 1);
    checkups(9);
    expect(accused()).toEqual([]);
  });

  it('while a job waited is judged by the number: it has to fall', () => {
    checkups(4);
    stop(20, 2);
    checkups(3.5, 3.5, 3.5);
    stop(20, 1);
    checkups(4, 5);
    expect(accused()).toEqual(['worker.1']);
  });
});
