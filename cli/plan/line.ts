import type { Jobs } from './workload.js';

/** The jobs that have not started, in the order in which they will; jobs are numbers. */
export class Line {
  /** The time from which the first in line may start; Infinity: no job is left. */
  nextAt: number;
  readonly #readyAt: Float64Array;
  /** The first job that never started, and the first that is not ready. */
  #next = 0;
  #arrived = 0;
  /** Interrupted jobs; the last one is the first in line. */
  readonly #interrupted: { readonly job: number; readonly at: number }[] = [];

  constructor({ readyAt }: Jobs) {
    this.#readyAt = readyAt;
    this.nextAt = readyAt[0] ?? Infinity;
  }

  takeFirst(): number {
    const interrupted = this.#interrupted.length > 0 ? this.#interrupted.pop() : undefined;
    const job = interrupted?.job ?? this.#next++;
    if (this.#interrupted.length === 0) {
      this.nextAt = this.#readyAt[this.#next] ?? Infinity;
    }
    return job;
  }

  /** Puts jobs that were interrupted at one instant first in line, in their order of readiness. */
  putFirst(jobs: readonly number[], at: number): void {
    // No push(...all): some 100,000 arguments are more than the stack takes.
    jobs.toSorted((one, other) => other - one).forEach((job) => this.#interrupted.push({ job, at }));
    this.nextAt = at;
  }

  readyCount(at: number): number {
    this.#arrived = Math.max(this.#arrived, this.#next);
    while ((this.#readyAt[this.#arrived] ?? Infinity) <= at) {
      this.#arrived++;
    }
    return this.#arrived - this.#next + this.#interrupted.length;
  }

  /** When the oldest ready job became ready; an interrupted one did so by its interruption. Infinity: none waits. */
  oldestAt(at: number): number {
    const never = this.#readyAt[this.#next] ?? Infinity;
    return Math.min(this.#interrupted[0]?.at ?? Infinity, never <= at ? never : Infinity);
  }
}
