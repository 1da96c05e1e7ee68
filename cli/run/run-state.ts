/** What is known of a run of `watch` or `simulate` while it goes on: fed by the command, read by the page and the report. */
import type { Manager } from '../hirefire/managers/schema.js';

/** One checkup of one process. */
export interface Point {
  /** Seconds since the start. */
  readonly t: number;
  /** Null: unknown, as after a poll that failed. */
  readonly value: number | null;
  /** After the decision. */
  readonly dynos: number;
}

export interface ProcessState {
  readonly name: string;
  /** Undefined: nobody scales it. */
  readonly manager: Manager | undefined;
  readonly dynos: number;
  /** The newest {@link MAX_POINTS}. */
  readonly series: readonly Point[];
  /** Dyno seconds up to the last change or checkup, and what they would be with the manager's maximum all the time. */
  readonly dynoSeconds: number;
  readonly dynoSecondsAtMaximum: number;
  /** Price per dyno and month; undefined: not given. */
  readonly price: number | undefined;
}

export interface RunEvent {
  /** Seconds since the start. */
  readonly t: number;
  /** The process that it is about, if it is about one. */
  readonly process?: string;
  readonly level: 'info' | 'problem';
  readonly text: string;
}

/** What is said of it, with the process that it is about. */
export function sentenceOf({ process, text }: RunEvent): string {
  return process === undefined || text.startsWith(process) ? text : `${process}: ${text}`;
}

/** What can be changed while it runs, as the page does. */
export interface RunControls {
  setManager(process: string, manager: Manager): void;
  /** Dynos by hand; absent where nothing is started. */
  readonly scale?: (process: string, dynos: number) => void;
}

export const MAX_POINTS = 20_000;
export const MAX_EVENTS = 1000;

/** Heroku counts a month as 30 days. */
const SECONDS_PER_MONTH = 30 * 24 * 3600;

interface MutableProcess extends ProcessState {
  manager: Manager | undefined;
  dynos: number;
  readonly series: Point[];
  dynoSeconds: number;
  dynoSecondsAtMaximum: number;
  /** `t` up to which dyno seconds are counted. */
  countedUntil: number;
}

export class RunState {
  readonly #processes = new Map<string, MutableProcess>();
  readonly #events: RunEvent[] = [];
  #eventCount = 0;
  readonly #listeners = new Set<() => void>();

  constructor(
    /** What runs: `watch https://...`. */
    readonly title: string,
    readonly startedAt: Date,
    /** Seconds between two checkups. */
    readonly every: number,
    readonly speed = 1,
  ) {}

  get processes(): readonly ProcessState[] {
    return [...this.#processes.values()];
  }

  /** The newest {@link MAX_EVENTS}. */
  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** How many events there have been, with those that are no longer kept. */
  get eventCount(): number {
    return this.#eventCount;
  }

  process(name: string): ProcessState | undefined {
    return this.#processes.get(name);
  }

  addProcess(name: string, manager: Manager | undefined, dynos: number, t: number, price?: number): void {
    this.#processes.set(name, {
      ...{ name, manager, dynos, price },
      ...{ series: [], dynoSeconds: 0, dynoSecondsAtMaximum: 0, countedUntil: t },
    });
    this.#changed();
  }

  setManager(name: string, manager: Manager, t: number): void {
    const process = this.#known(name);
    count(process, t);
    process.manager = manager;
    this.#changed();
  }

  /** A dyno more or less between checkups. */
  setDynos(name: string, dynos: number, t: number): void {
    const process = this.#known(name);
    count(process, t);
    process.dynos = dynos;
    this.#changed();
  }

  /** One checkup, of one process. */
  add(name: string, point: Point): void {
    const process = this.#known(name);
    count(process, point.t);
    process.dynos = point.dynos;
    process.series.push(point);
    process.series.splice(0, process.series.length - MAX_POINTS);
    this.#changed();
  }

  /** Counts dyno seconds up to the end, which is no checkup. */
  countUntil(t: number): void {
    for (const process of this.#processes.values()) {
      count(process, t);
    }
    this.#changed();
  }

  addEvent(event: RunEvent): void {
    this.#events.push(event);
    this.#eventCount++;
    this.#events.splice(0, this.#events.length - MAX_EVENTS);
    this.#changed();
  }

  /** @returns what ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #known(name: string): MutableProcess {
    const process = this.#processes.get(name);
    if (process === undefined) {
      throw new Error(`no process "${name}" in this run`);
    }
    return process;
  }

  #changed(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }
}

function count(process: MutableProcess, t: number): void {
  const seconds = Math.max(t - process.countedUntil, 0);
  process.dynoSeconds += seconds * process.dynos;
  process.dynoSecondsAtMaximum += seconds * (process.manager?.maximum ?? process.dynos);
  process.countedUntil += seconds;
}

/** What so many dyno seconds cost at a price per dyno and month. */
export function costOf(dynoSeconds: number, pricePerMonth: number): number {
  return (dynoSeconds / SECONDS_PER_MONTH) * pricePerMonth;
}
