import type { Dyno } from './dynos.js';

/** One run of a job. */
export interface Run {
  job: number;
  /** Seconds since the start of the trace. */
  end: number;
  readonly dyno: Dyno;
}

/** The runs under way: a heap with the earliest end on top. */
export class Running {
  #runs: Run[] = [];

  get size(): number {
    return this.#runs.length;
  }

  get first(): Run | undefined {
    return this.#runs[0];
  }

  add(run: Run): void {
    this.#runs.push(run);
    this.#up(this.#runs.length - 1, run);
  }

  removeFirst(): void {
    const last = this.#runs.pop();
    if (last !== undefined && this.#runs.length > 0) {
      this.#down(last);
    }
  }

  /** Gives the slot of the first run to another job. */
  replaceFirst(first: Run, job: number, end: number): void {
    first.job = job;
    first.end = end;
    this.#down(first);
  }

  /** @returns the jobs that the dyno ran */
  removeAllOf(dyno: Dyno): number[] {
    const removed = this.#runs.filter((run) => run.dyno === dyno);
    // An array in order is a heap.
    this.#runs = this.#runs.filter((run) => run.dyno !== dyno).sort((one, other) => one.end - other.end);
    return removed.map(({ job }) => job);
  }

  #up(from: number, run: Run): void {
    const runs = this.#runs;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = runs[above];
      if (parent === undefined || parent.end <= run.end) {
        break;
      }
      runs[place] = parent;
      place = above;
    }
    runs[place] = run;
  }

  /** Moves a run down from the top. */
  #down(run: Run): void {
    const runs = this.#runs;
    const { length } = runs;
    const { end } = run;
    let place = 0;
    for (let below = 1; below < length; below = 2 * place + 1) {
      let child = runs[below];
      const right = below + 1 < length ? runs[below + 1] : undefined;
      if (right !== undefined && child !== undefined && right.end < child.end) {
        child = right;
        below++;
      }
      if (child === undefined || child.end >= end) {
        break;
      }
      runs[place] = child;
      place = below;
    }
    runs[place] = run;
  }
}
