/** The waits of a run in four numbers, in seconds. */
export interface Wait {
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

/** Percentiles by nearest rank; zeros without jobs. Sorts the array. */
export function waitOf(waits: Float64Array): Wait {
  waits.sort();
  const rank = (percent: number): number => waits[Math.ceil((percent * waits.length) / 100) - 1] ?? 0;
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / Math.max(waits.length, 1);
  return { mean, p50: rank(50), p95: rank(95), max: rank(100) };
}
