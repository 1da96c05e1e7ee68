/** Heroku's dynos of one process: numbered from 1, the highest stop first. Each `at` is in seconds since the start of the trace. */

/** Between SIGTERM and SIGKILL. */
const GRACE = 30;

export interface Dyno {
  readonly number: number;
  /** When it was wanted. */
  readonly since: number;
  isStopping: boolean;
  running: number;
  /** Slots that can take a job; none before it is up, and none once it stops. */
  free: number;
}

interface Timed {
  readonly at: number;
  readonly dyno: Dyno;
}

export class Dynos {
  /** Free slots of all dynos. */
  free = 0;
  /** Of the dynos that have ended. */
  #seconds = 0;
  readonly #wanted: Dyno[] = [];
  /** The place in `wanted` below which no dyno has a free slot. */
  #lowest = 0;
  // In the order of their times.
  readonly #booting: Timed[] = [];
  readonly #stopping: Timed[] = [];

  constructor(
    private readonly slots: number,
    private readonly boot: number,
    minimum: number,
  ) {
    this.#add(minimum, 0, 0);
  }

  /** When the next dyno comes up, or runs out of its grace; Infinity: none does. */
  get nextAt(): number {
    return Math.min(this.#booting[0]?.at ?? Infinity, this.#stopping[0]?.at ?? Infinity);
  }

  scale(quantity: number, at: number): void {
    this.#add(quantity, at, at + this.boot);
    while (this.#wanted.length > quantity) {
      this.#stop(this.#wanted.pop(), at);
    }
  }

  bootUntil(at: number): void {
    for (const dyno of due(this.#booting, at)) {
      if (!dyno.isStopping) {
        dyno.free = this.slots;
        this.free += this.slots;
        this.#lowest = Math.min(this.#lowest, dyno.number - 1);
      }
    }
  }

  /** Kills the dynos whose grace is over. @returns whether any had jobs under way */
  killUntil(at: number): boolean {
    const killed = due(this.#stopping, at).filter(({ running }) => running > 0);
    killed.forEach((dyno) => this.#end(dyno, at));
    return killed.length > 0;
  }

  /** Takes a slot of the lowest-numbered dyno that has a free one. */
  take(): Dyno {
    for (;;) {
      const dyno = this.#wanted[this.#lowest];
      if (dyno === undefined) {
        throw new Error('no slot is free');
      }
      if (dyno.free > 0) {
        dyno.free--;
        dyno.running++;
        this.free--;
        return dyno;
      }
      this.#lowest++;
    }
  }

  giveBack(dyno: Dyno, at: number): void {
    dyno.running--;
    if (!dyno.isStopping) {
      dyno.free++;
      this.free++;
      this.#lowest = Math.min(this.#lowest, dyno.number - 1);
    } else if (dyno.running === 0) {
      this.#end(dyno, at);
    }
  }

  /** The highest number of a dyno that runs a job; 0: none does. One that stops is above the maximum, so it does not matter. */
  highestRunning(): number {
    return this.#wanted.findLast(({ running }) => running > 0)?.number ?? 0;
  }

  /** Dyno seconds of the whole run. */
  secondsUntil(end: number): number {
    const stopping = this.#stopping.map(({ dyno }) => dyno).filter(({ running }) => running > 0);
    return [...this.#wanted, ...stopping].reduce((sum, { since }) => sum + end - since, this.#seconds);
  }

  #add(quantity: number, since: number, upAt: number): void {
    for (let number = this.#wanted.length + 1; number <= quantity; number++) {
      const dyno = { number, since, isStopping: false, running: 0, free: 0 };
      this.#wanted.push(dyno);
      this.#booting.push({ at: upAt, dyno });
    }
  }

  #stop(dyno: Dyno | undefined, at: number): void {
    if (dyno === undefined) {
      return;
    }
    this.free -= dyno.free;
    dyno.free = 0;
    dyno.isStopping = true;
    if (dyno.running === 0) {
      this.#end(dyno, at);
    } else {
      this.#stopping.push({ at: at + GRACE, dyno });
    }
  }

  #end(dyno: Dyno, at: number): void {
    dyno.running = 0;
    this.#seconds += at - dyno.since;
  }
}

/** Takes the dynos out whose time has come. */
function due(timed: Timed[], at: number): Dyno[] {
  if ((timed[0]?.at ?? Infinity) > at) {
    return [];
  }
  const later = timed.findIndex((one) => one.at > at);
  return timed.splice(0, later === -1 ? timed.length : later).map(({ dyno }) => dyno);
}
