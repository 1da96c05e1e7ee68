/** Replays one manager: its cost, and the waits of the jobs. */
import { run, type RunResult, type RunSettings } from './run.js';
import { spreadOf, type Spread } from './spread.js';
import type { Jobs } from './workload.js';

export interface ReplaySettings extends Omit<RunSettings, 'timeZone' | 'firstCheckup'> {
  /** Replays, whose first checkups are shifted by equal parts of the frequency. */
  readonly phases: number;
  readonly timeZone?: string;
}

/** Means over the phases, up to the first endless one. */
export interface Replayed {
  readonly dynoHours: number;
  readonly dynoHoursPerDay: number;
  /** Null if it is endless. */
  readonly wait: Spread | null;
  /** Jobs that were interrupted, each as often as it was. */
  readonly interrupted: number;
  /** Some phase was cut off: its jobs would not end, or not within a day after the trace. */
  readonly endless: boolean;
}

export function replay(jobs: Jobs, { phases, timeZone = 'UTC', ...settings }: ReplaySettings): Replayed {
  const runs: Played[] = [];
  // An endless one takes longest, and has no wait whatever the others say.
  for (let phase = 0; phase < phases && !runs.some(({ endless }) => endless); phase++) {
    const firstCheckup = (phase / phases) * settings.checkupFrequency;
    runs.push(played(run(jobs, { ...settings, timeZone, firstCheckup })));
  }
  const mean = (of: (run: Played) => number): number => runs.reduce((sum, one) => sum + of(one), 0) / runs.length;
  const endless = runs.some((one) => one.endless);
  return {
    dynoHours: mean(({ dynoHours }) => dynoHours),
    dynoHoursPerDay: mean(({ dynoHours, hours }) => (dynoHours / hours) * 24),
    wait: endless
      ? null
      : {
          mean: mean(({ wait }) => wait.mean),
          p50: mean(({ wait }) => wait.p50),
          p95: mean(({ wait }) => wait.p95),
          max: mean(({ wait }) => wait.max),
        },
    interrupted: mean(({ interrupted }) => interrupted),
    endless,
  };
}

type Played = ReturnType<typeof played>;

function played({ dynoSeconds, seconds, waits, interrupted, endless }: RunResult) {
  return { dynoHours: dynoSeconds / 3600, hours: seconds / 3600, wait: spreadOf(waits), interrupted, endless };
}
