/** The distribution of any number of durations in little memory, to within 1 %. */
const STEPS_PER_E = 100;

export class Durations {
  /** How many there were in each step of a logarithmic scale. */
  readonly #counts = new Map<number, number>();
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    const step = Math.round(Math.log(Math.max(ms, 0.001)) * STEPS_PER_E);
    this.#counts.set(step, (this.#counts.get(step) ?? 0) + 1);
    this.#count++;
    this.#max = Math.max(this.#max, ms);
  }

  /** Milliseconds, by nearest rank; null without any. */
  percentile(percent: number): number | null {
    let left = Math.ceil((percent / 100) * this.#count);
    for (const [step, count] of [...this.#counts].sort(([one], [other]) => one - other)) {
      left -= count;
      if (left <= 0) {
        return rounded(Math.min(Math.exp(step / STEPS_PER_E), this.#max));
      }
    }
    return null;
  }

  get max(): number | null {
    return this.#count === 0 ? null : rounded(this.#max);
  }
}

function rounded(ms: number): number {
  return Math.round(ms * 100) / 100;
}
