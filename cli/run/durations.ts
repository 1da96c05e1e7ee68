/** The distribution of any number of durations, to within 0.001 %, in the memory of one histogram. */
import { createHistogram } from 'node:perf_hooks';

/** The histogram holds whole microseconds, up to an hour. */
const MAX_MICROSECONDS = 3_600_000_000;

export class Durations {
  readonly #histogram = createHistogram({ highest: MAX_MICROSECONDS, figures: 5 });
  /** Exact: the histogram's own maximum is rounded up. */
  #max = 0;

  get count(): number {
    return this.#histogram.count;
  }

  add(ms: number): void {
    this.#histogram.record(Math.min(Math.max(Math.round(ms * 1000), 1), MAX_MICROSECONDS));
    this.#max = Math.max(this.#max, ms);
  }

  /** Milliseconds, by nearest rank; null without any. */
  percentile(percent: number): number | null {
    const { count } = this;
    // The histogram rounds a rank down or up, and a quarter below it always ends at the nearest rank.
    const rank = Math.ceil((percent / 100) * count) - 0.25;
    return count === 0 ? null : rounded(Math.min(this.#histogram.percentile((rank / count) * 100) / 1000, this.#max));
  }

  get max(): number | null {
    return this.count === 0 ? null : rounded(this.#max);
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
