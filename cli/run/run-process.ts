/** One process of a run: its managers, its numbers, and the time of its dynos. */
import type { DynoNow, DynoStatus } from '../heroku/formation.js';
import type { Decision, History } from '../hirefire/managers/decide.js';
import { kindOf } from '../hirefire/managers/kinds.js';
import type { Manager } from '../hirefire/managers/schema.js';

/** One checkup of one process. */
export interface Point {
  /** Seconds since the start. */
  readonly t: number;
  /** Null: unknown, such as after a failed poll. */
  readonly value: number | null;
  /** After the decision. */
  readonly dynos: number;
}

/** A manager, and the seconds since the start from which it was set. */
export interface ManagerSince {
  readonly t: number;
  readonly manager: Manager;
}

/** The manager that was set at a time, in seconds since the start. */
export function managerAt(managers: readonly ManagerSince[], at: number): Manager | undefined {
  return managers.findLast(({ t }) => t <= at)?.manager;
}

/** Dynos that exist on paper only. */
export function dynosOnPaper(process: string, count: number): DynoNow[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ name: `${process}.${index + 1}`, status: 'up', isRunning: true, lastLines: [] },
  }));
}

const MAX_POINTS = 20_000;

export class RunProcess {
  /** The managers so far, the current one last; none: the process is not managed. */
  readonly managers: ManagerSince[] = [];
  /** The newest {@link MAX_POINTS}. */
  readonly series: Point[] = [];
  /** By their numbers. */
  dynos: readonly DynoNow[] = [];
  /** The reason why the dynos are not yet as the last value asks. */
  waitsFor: Decision['waitsFor'];
  /** The highest value; null while none is known. */
  worst: number | null = null;
  /** From the first value above 0 to the first dyno that was up; null while there is neither, and for web. */
  secondsToFirstDyno: number | null = null;
  #firstJobAt: number | undefined;
  #dynoMs = 0;
  #dynoMsAtMaximum = 0;

  constructor(
    readonly name: string,
    /** The dynos that were decided, and the past that the next decision depends on. */
    public history: History,
    /** Per dyno and month; undefined: not given. */
    readonly price: number | undefined,
  ) {}

  get manager(): Manager | undefined {
    return this.managers.at(-1)?.manager;
  }

  dynosThatAre(status: DynoStatus): number {
    return this.dynos.filter((dyno) => dyno.status === status).length;
  }

  /** Seconds of the running dynos. */
  get dynoSeconds(): number {
    return this.#dynoMs / 1000;
  }

  /** With as many dynos as each manager's maximum while it was set. */
  get dynoSecondsAtMaximum(): number {
    return this.#dynoMsAtMaximum / 1000;
  }

  /** Whole milliseconds have passed. */
  count(ms: number): void {
    const running = this.dynos.filter(({ isRunning }) => isRunning).length;
    this.#dynoMs += ms * running;
    this.#dynoMsAtMaximum += ms * (this.manager?.maximum ?? running);
  }

  setDynos(dynos: readonly DynoNow[], t: number): void {
    this.dynos = dynos;
    this.#noteFirstDyno(t);
  }

  checkup(t: number, value: number | null, waitsFor: Decision['waitsFor']): void {
    this.waitsFor = waitsFor;
    this.series.push({ t, value, dynos: this.history.dynos });
    this.series.splice(0, this.series.length - MAX_POINTS);
    if (value !== null) {
      this.worst = Math.max(this.worst ?? 0, value);
      // Requests are measured while a dyno is up, so only jobs can come before the first one.
      const isJobs = kindOf(this.manager).measure === undefined;
      this.#firstJobAt ??= isJobs && value > 0 ? t : undefined;
      this.#noteFirstDyno(t);
    }
  }

  #noteFirstDyno(t: number): void {
    if (this.#firstJobAt !== undefined && this.dynosThatAre('up') > 0) {
      this.secondsToFirstDyno ??= Math.round((t - this.#firstJobAt) * 1000) / 1000;
    }
  }
}

/** A process, for those that only read it. */
export type ProcessState = Readonly<Omit<RunProcess, 'count' | 'setDynos' | 'checkup'>>;
