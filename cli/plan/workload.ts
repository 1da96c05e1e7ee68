/** The jobs that a plan replays. */

export interface Workload {
  readonly startedAt: Date;
  readonly seconds: number;
  readonly jobs: readonly WorkloadJob[];
  /** Jobs in line at `startedAt`, listed or not. */
  readonly waiting: number;
  /** True if the jobs were worked out from a recording. */
  readonly estimated: boolean;
}

export interface WorkloadJob {
  /** Seconds since `startedAt`; below 0 for a job that was in line by then. */
  readonly readyAt: number;
  /** Seconds. */
  readonly took: number;
}

/** The same in the order of readiness, as a thread can send it to another at no cost. */
export interface Jobs {
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly seconds: number;
  readonly readyAt: Float64Array;
  readonly took: Float64Array;
}

/** Adds the jobs in line that are not listed: they are ready at 0, and take the mean. */
export function jobsOf({ startedAt, seconds, jobs, waiting }: Workload): Jobs {
  const mean = jobs.reduce((sum, { took }) => sum + took, 0) / Math.max(jobs.length, 1);
  const unlisted = Math.max(waiting - jobs.filter(({ readyAt }) => readyAt < 0).length, 0);
  const inLine = Array.from({ length: unlisted }, () => ({ readyAt: 0, took: mean }));
  // Before the listed ones of that time: the sort keeps the order of equals.
  const all = [...inLine, ...jobs].sort((one, other) => one.readyAt - other.readyAt);
  return {
    startedAt: startedAt.getTime(),
    seconds,
    readyAt: Float64Array.from(all, ({ readyAt }) => readyAt),
    took: Float64Array.from(all, ({ took }) => took),
  };
}
