/** The work in a trace, as far as it bounds the search. */
import type { Jobs } from './workload.js';

export interface Demand {
  /** The most dynos that the trace could use at once. */
  readonly peak: number;
  /** Dynos that would be busy all the time. */
  readonly average: number;
  /** The most jobs that became ready within `window` seconds. */
  readonly burst: number;
}

export function demandOf({ seconds, readyAt, took }: Jobs, slots: number, window: number): Demand {
  const starts = readyAt.map((at) => Math.max(at, 0));
  const ends = starts.map((at, job) => at + (took[job] ?? 0)).sort();
  const work = took.reduce((sum, one) => sum + one, 0);
  return {
    peak: Math.max(Math.ceil(mostAtOnce(starts, ends) / slots), 1),
    average: work / slots / Math.max(seconds, 1),
    burst: mostAtOnce(
      starts,
      starts.map((at) => at + window),
    ),
  };
}

/** Both in order. What ends as another starts is not under way with it. */
function mostAtOnce(starts: Float64Array, ends: Float64Array): number {
  let [most, ended] = [0, 0];
  for (const [started, at] of starts.entries()) {
    while ((ends[ended] ?? Infinity) <= at) {
      ended++;
    }
    most = Math.max(most, started + 1 - ended);
  }
  return most;
}
