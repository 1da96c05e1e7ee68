/** The model of a run of `watch` or `simulate`: the command feeds it; terminal, page and report only read it. */
import { newHistory, type Decision, type History } from '../hirefire/managers/decide.js';
import type { ConfigFile } from '../hirefire/managers/config-file.js';
import type { Manager } from '../hirefire/managers/schema.js';
import type { Poll } from '../hirefire/poll.js';
import type { DynoNow } from '../heroku/formation.js';
import type { RouterCode } from '../heroku/router-codes.js';
import type { LoadNow } from '../heroku/load.js';
import type { RoutedRequest } from '../heroku/router-passage.js';
import { Durations } from './durations.js';
import {
  cureOf,
  MAX_PROBLEMS_PER_KIND,
  type NewProblem,
  type Problem,
  type ProblemKind,
  type RunEvent,
} from './events.js';
import { RunProcess, type ProcessState } from './run-process.js';

/** The changes that a user can make during a run, as the page does. */
export interface RunControls {
  setManager(process: string, manager: Manager): void;
  /** Sets the dynos by hand; absent where nothing is started. */
  readonly scale?: (process: string, dynos: number) => void;
  /** Requests to the app; absent where it has no router. */
  readonly load?: LoadControl;
  /** The file to save the managers in. */
  readonly configFile?: ConfigFile;
}

export type { LoadNow };

/** Requests that the command sends to the app. */
export interface LoadControl {
  now(): LoadNow;
  /** @throws UsageError */
  set(path: string, perSecond: number): void;
}

/** The app that a run is about. */
export interface RunningApp {
  readonly name: string;
  /** Null: it can't be visited. */
  readonly url: string | null;
}

export const MAX_EVENTS = 1000;

export class RunState {
  readonly #processes = new Map<string, RunProcess>();
  readonly #events: RunEvent[] = [];
  #eventCount = 0;
  readonly #problems: Problem[] = [];
  readonly #problemCounts = new Map<ProblemKind, number>();
  readonly #listeners = new Set<() => void>();
  #countedMs = 0;
  failedPolls = 0;
  readonly pollTimes = new Durations();
  /** Of users' requests, without the polls. */
  readonly requestTimes = new Durations();
  readonly codes: Record<RouterCode, number> = {
    ...{ H10: 0, H12: 0, H13: 0, H14: 0, H15: 0 },
    ...{ H17: 0, H18: 0, H20: 0, H21: 0, H28: 0 },
  };

  constructor(
    /** Such as `watch https://...`. */
    readonly title: string,
    readonly startedAt: Date,
    /** Seconds between two checkups. */
    readonly every: number,
    readonly speed = 1,
    public app: RunningApp = { name: title, url: null },
  ) {}

  get processes(): readonly ProcessState[] {
    return [...this.#processes.values()];
  }

  process(name: string): ProcessState | undefined {
    return this.#processes.get(name);
  }

  /** @throws Error for an unknown process */
  known(name: string): ProcessState {
    return this.#find(name);
  }

  /** Seconds since the start that the dyno seconds cover, of all processes alike. */
  get seconds(): number {
    return this.#countedMs / 1000;
  }

  /** The newest {@link MAX_EVENTS}. */
  get events(): readonly RunEvent[] {
    return this.#events;
  }

  /** All events so far, with those that are no longer kept. */
  get eventCount(): number {
    return this.#eventCount;
  }

  /** The first {@link MAX_PROBLEMS_PER_KIND} of each kind. */
  get problems(): readonly Problem[] {
    return this.#problems;
  }

  get problemCounts(): ReadonlyMap<ProblemKind, number> {
    return this.#problemCounts;
  }

  addProcess(name: string, manager: Manager | undefined, dynos: number, t: number, price?: number): void {
    this.countUntil(t);
    const process = new RunProcess(name, newHistory(dynos), price);
    if (manager) {
      process.managers.push({ t, manager });
    }
    this.#processes.set(name, process);
    this.#changed();
  }

  setManager(name: string, manager: Manager, t: number): void {
    const { managers, series } = this.#find(name);
    // A checkup of the same millisecond keeps the manager that it was decided by.
    const since = Math.max(t, (Math.round((series.at(-1)?.t ?? -1) * 1000) + 1) / 1000);
    this.countUntil(since);
    managers.push({ t: since, manager });
    this.#changed();
  }

  setHistory(name: string, history: History): void {
    this.#find(name).history = history;
    this.#changed();
  }

  /** The dynos that there are: on Heroku, or on paper. */
  setDynos(name: string, dynos: readonly DynoNow[], t: number): void {
    this.countUntil(t);
    this.#find(name).setDynos(dynos, t);
    this.#changed();
  }

  /** The number of a process, after the decision. */
  checkup(name: string, value: number | null, t: number, waitsFor?: Decision['waitsFor']): void {
    this.countUntil(t);
    this.#find(name).checkup(t, value, waitsFor);
    this.#changed();
  }

  /** Counts the dyno seconds up to now. */
  countUntil(t: number): void {
    const ms = Math.max(Math.round(t * 1000) - this.#countedMs, 0);
    this.#countedMs += ms;
    this.#processes.forEach((process) => process.count(ms));
  }

  addPoll({ ok, ms }: Poll): void {
    this.pollTimes.add(ms);
    this.failedPolls += ok ? 0 : 1;
  }

  addRequest({ ms, code }: Pick<RoutedRequest, 'ms' | 'code'>): void {
    this.requestTimes.add(ms);
    if (code !== undefined) {
      this.codes[code]++;
    }
  }

  addEvent(event: RunEvent): void {
    this.#events.push(event);
    this.#eventCount++;
    this.#events.splice(0, this.#events.length - MAX_EVENTS);
    this.#changed();
  }

  addProblem(problem: NewProblem): void {
    const { kind, process, dyno, t, message, lastLines, log } = problem;
    const cure = cureOf(problem);
    const count = (this.#problemCounts.get(kind) ?? 0) + 1;
    this.#problemCounts.set(kind, count);
    if (count <= MAX_PROBLEMS_PER_KIND) {
      const evidence = { ...(lastLines && { lastLines }), ...(log !== undefined && { log }) };
      this.#problems.push({ kind, process, dyno, t, message, cure, ...evidence });
    }
    this.addEvent({ t, level: 'problem', text: message, ...(process !== null && { process }) });
  }

  /** @returns a function that stops listening */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #find(name: string): RunProcess {
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
