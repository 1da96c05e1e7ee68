/** The time that all charts share. */

/** Seconds since the start of the run. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
}

/** Seconds between two times on the axis. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400, 604_800];
const MOST_TICKS = 6;

/** From 0 to 1 within the span. */
export function partOf({ from, to }: TimeSpan, t: number): number {
  return to > from ? (t - from) / (to - from) : 0;
}

export function ticksOf({ from, to }: TimeSpan): number[] {
  const step = STEPS.find((seconds) => (to - from) / seconds <= MOST_TICKS) ?? to - from;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(Math.floor((to - first) / step) + 1, 0) }, (_, index) => first + index * step);
}
