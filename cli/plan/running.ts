import type { Dyno } from './dynos.js';

/** One run of a job, for as long as it is under way: the object is used again for another. */
export interface Run {
  job: number;
  dyno: Dyno;
}

/** The runs under way: a heap with the earliest end on top. No object is made per job, which takes a third of the time. */
export class Running {
  size = 0;
  /** Seconds since the start of the trace; Infinity: nothing runs. */
  firstEnd = Infinity;
  #ends = new Float64Array(16);
  /** In the order of `ends`; behind `size` those to use again. */
  readonly #runs: Run[] = [];

  add(job: number, dyno: Dyno, end: number): void {
    const place = this.size++;
    const run = this.#runs[place] ?? { job, dyno };
    run.job = job;
    run.dyno = dyno;
    this.#grow();
    this.#up(place, run, end);
  }

  /** @returns the dyno of the run that ends first */
  removeFirst(): Dyno {
    const first = this.#runs[0];
    const last = this.#runs[--this.size];
    if (first === undefined || last === undefined) {
      throw new Error('no job runs');
    }
    this.#down(last, this.#ends[this.size] ?? 0);
    this.#runs[this.size] = first;
    return first.dyno;
  }

  /** The slot of the run that ends first goes to another job at once. */
  replaceFirst(job: number, end: number): void {
    const first = this.#runs[0];
    if (first !== undefined) {
      first.job = job;
      this.#down(first, end);
    }
  }

  /** True if the first run is the only one that ends then, in a dyno that goes on. */
  get isFirstAlone(): boolean {
    const { size } = this;
    const second = size > 1 ? (this.#ends[1] ?? Infinity) : Infinity;
    const third = size > 2 ? (this.#ends[2] ?? Infinity) : Infinity;
    return Math.min(second, third) > this.firstEnd && this.#runs[0]?.dyno.isStopping === false;
  }

  /** @returns the jobs of dynos that were killed, which run nothing any more */
  removeKilled(): number[] {
    const jobs: number[] = [];
    const { size } = this;
    this.size = 0;
    this.firstEnd = Infinity;
    // Those that go on move up, in the same array.
    for (let place = 0; place < size; place++) {
      const run = this.#runs[place];
      const other = this.#runs[this.size];
      if (run === undefined || other === undefined) {
        break;
      }
      if (run.dyno.running === 0) {
        jobs.push(run.job);
      } else {
        this.#runs[place] = other;
        this.#up(this.size++, run, this.#ends[place] ?? 0);
      }
    }
    return jobs;
  }

  #grow(): void {
    if (this.size > this.#ends.length) {
      const ends = new Float64Array(2 * this.#ends.length);
      ends.set(this.#ends);
      this.#ends = ends;
    }
  }

  #up(from: number, run: Run, end: number): void {
    const ends = this.#ends;
    const runs = this.#runs;
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = runs[above];
      const parentEnd = ends[above] ?? 0;
      if (parentEnd <= end || parent === undefined) {
        break;
      }
      runs[place] = parent;
      ends[place] = parentEnd;
      place = above;
    }
    runs[place] = run;
    ends[place] = end;
    this.firstEnd = ends[0] ?? Infinity;
  }

  /** Moves a run down from the top. */
  #down(run: Run, end: number): void {
    const ends = this.#ends;
    const runs = this.#runs;
    const { size } = this;
    let place = 0;
    for (let below = 1; below < size; below = 2 * place + 1) {
      if (below + 1 < size && (ends[below + 1] ?? 0) < (ends[below] ?? 0)) {
        below++;
      }
      const child = runs[below];
      const childEnd = ends[below] ?? 0;
      if (childEnd >= end || child === undefined) {
        break;
      }
      runs[place] = child;
      ends[place] = childEnd;
      place = below;
    }
    runs[place] = run;
    ends[place] = end;
    this.firstEnd = size === 0 ? Infinity : (ends[0] ?? Infinity);
  }
}
