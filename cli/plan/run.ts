/** One replay, event by event. Each `at` is in seconds since the start of the trace. */
import { decide, newHistory, type History } from '../hirefire/managers/decide.js';
import type { WorkerManager } from '../hirefire/managers/schema.js';
import { boundsAt } from '../hirefire/managers/time-ranges.js';
import { Dynos } from './dynos.js';
import { Line } from './line.js';
import { Running } from './running.js';
import { workerKindOf } from './worker-kinds.js';
import type { Jobs } from './workload.js';

export interface RunSettings {
  readonly manager: WorkerManager;
  /** Jobs that a dyno works on at once. */
  readonly slots: number;
  /** Seconds between the checkup that wants a dyno and its first job. */
  readonly boot: number;
  readonly checkupFrequency: number;
  readonly timeZone: string;
  readonly firstCheckup: number;
}

export interface RunResult {
  readonly dynoSeconds: number;
  readonly seconds: number;
  /** Of each job, in seconds; only of a run that is not endless. */
  readonly waits: Float64Array;
  readonly interrupted: number;
  readonly endless: boolean;
}

/** Seconds. A run is cut off that long after the trace, or when one job was interrupted that often. */
export const DAY = 24 * 3600;
const MAX_INTERRUPTIONS = 10;

export function run(jobs: Jobs, settings: RunSettings): RunResult {
  return new Replay(jobs, settings).play();
}

class Replay {
  readonly #line: Line;
  readonly #running = new Running();
  readonly #dynos: Dynos;
  readonly #reported: ReturnType<typeof workerKindOf>['reported'];
  readonly #waits: Float64Array;
  readonly #interruptions = new Map<number, number>();
  #interrupted = 0;
  #isStuck = false;
  #history: History;
  #checkups = 0;
  #left: number;
  #lastEnd = 0;

  constructor(
    private readonly jobs: Jobs,
    private readonly settings: RunSettings,
  ) {
    const { manager, slots, boot, timeZone } = settings;
    const { minimum } = boundsAt(manager, jobs.startedAt, timeZone);
    this.#left = jobs.readyAt.length;
    this.#line = new Line(jobs);
    this.#dynos = new Dynos(slots, boot, minimum);
    this.#waits = new Float64Array(this.#left);
    this.#history = newHistory(minimum);
    this.#reported = workerKindOf(manager).reported;
  }

  play(): RunResult {
    const limit = this.jobs.seconds + DAY;
    let [at, isCut] = [0, false];
    while (!isCut && !this.#isOverAt(at)) {
      this.#instant(at);
      isCut = this.#left > 0 && (at >= limit || this.#isStuck);
      if (!isCut) {
        at = Math.min(this.#nextCheckup, this.#dynos.nextAt, limit);
        this.#workUntil(at);
      }
    }
    const seconds = isCut ? at : Math.max(this.jobs.seconds, this.#lastEnd);
    return {
      dynoSeconds: this.#dynos.secondsUntil(seconds),
      seconds,
      waits: this.#waits,
      interrupted: this.#interrupted,
      endless: isCut,
    };
  }

  #isOverAt(at: number): boolean {
    return this.#left === 0 && Math.max(this.jobs.seconds, this.#lastEnd) <= at;
  }

  get #nextCheckup(): number {
    return this.settings.firstCheckup + this.#checkups * this.settings.checkupFrequency;
  }

  /** Before `until`, no dyno comes or goes: jobs end, become ready and start. */
  #workUntil(until: number): void {
    for (;;) {
      const end = this.#running.firstEnd;
      const startAt = this.#dynos.free > 0 ? this.#line.nextAt : Infinity;
      if (Math.min(end, startAt) >= until) {
        return;
      }
      if (startAt < end) {
        this.#startJobs(startAt);
      } else if (this.#dynos.free === 0 && this.#line.nextAt <= end && this.#running.isFirstAlone) {
        this.#left--;
        this.#lastEnd = end;
        const job = this.#take(end);
        this.#running.replaceFirst(job, end + (this.jobs.took[job] ?? NaN));
      } else {
        this.#endRuns(end);
        this.#startJobs(end);
      }
    }
  }

  /** A time at which dynos may come or go. */
  #instant(at: number): void {
    this.#endRuns(at);
    this.#kill(at);
    this.#dynos.bootUntil(at);
    this.#startJobs(at);
    while (this.#running.firstEnd === at) {
      this.#endRuns(at);
      this.#startJobs(at);
    }
    if (at === this.#nextCheckup) {
      this.#checkup(at);
    }
  }

  #endRuns(at: number): void {
    while (this.#running.firstEnd === at) {
      this.#dynos.giveBack(this.#running.removeFirst(), at);
      this.#left--;
      this.#lastEnd = at;
    }
  }

  #kill(at: number): void {
    if (this.#dynos.nextAt > at) {
      return;
    }
    if (!this.#dynos.killUntil(at)) {
      return;
    }
    const jobs = this.#running.removeKilled();
    this.#line.putFirst(jobs, at);
    this.#interrupted += jobs.length;
    for (const job of jobs) {
      const times = (this.#interruptions.get(job) ?? 0) + 1;
      this.#interruptions.set(job, times);
      this.#isStuck ||= times === MAX_INTERRUPTIONS;
    }
  }

  #startJobs(at: number): void {
    while (this.#dynos.free > 0 && this.#line.nextAt <= at) {
      const job = this.#take(at);
      this.#running.add(job, this.#dynos.take(), at + (this.jobs.took[job] ?? NaN));
    }
  }

  /** The first in line, which starts. */
  #take(at: number): number {
    const job = this.#line.takeFirst();
    this.#waits[job] = at - (this.jobs.readyAt[job] ?? NaN);
    return job;
  }

  #checkup(at: number): void {
    const { manager, timeZone } = this.settings;
    const value = this.#reported({ line: this.#line, running: this.#running, dynos: this.#dynos }, at);
    const { dynos, history } = decide(manager, this.#history, {
      at: this.jobs.startedAt + at * 1000,
      value,
      timeZone,
    });
    this.#history = history;
    this.#dynos.scale(dynos, at);
    this.#checkups++;
  }
}
