/** The decision loop of a run: decides the dynos of each process, and records them in the state. */
import { decide, scaledByHand, type Decision } from '../hirefire/managers/decide.js';
import { kindOf, numberText } from '../hirefire/managers/kinds.js';
import type { Manager } from '../hirefire/managers/schema.js';
import { boundsAt } from '../hirefire/managers/time-ranges.js';
import { amount, dynosText } from '../io/format.js';
import { dynosOnPaper } from './run-process.js';
import type { RunState } from './run-state.js';

/** One process at one checkup. */
export interface Decided extends Decision {
  readonly name: string;
  readonly manager: Manager;
  readonly value: number | null;
  /** Dynos before. */
  readonly from: number;
}

export interface ScalingSettings {
  readonly state: RunState;
  readonly timeZone: string;
  /** HireFire's clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Starts or stops dynos; without it they exist on paper only. */
  readonly scale?: (process: string, dynos: number) => void;
}

/** Each `t` is in seconds since the start. */
export class Scaling {
  /** The dynos that the last change by hand added or removed, until the manager has agreed or decided. */
  readonly #byHand = new Map<string, number>();
  readonly #measuredInSeconds = new Set<string>();

  constructor(private readonly settings: ScalingSettings) {}

  /** Starts a process at its minimum, or at one dyno without a manager. */
  add(name: string, manager: Manager | undefined, t: number, price?: number): void {
    const dynos = manager ? this.#minimumOf(manager) : 1;
    this.settings.state.addProcess(name, manager, dynos, t, price);
    this.#scale(name, dynos, t);
  }

  /** @returns undefined for a process without a manager, which keeps its dynos */
  checkup(name: string, value: number | null, t: number): Decided | undefined {
    const { state, timeZone, now } = this.settings;
    const { manager, history } = state.known(name);
    if (!manager) {
      state.checkup(name, value, t);
      return undefined;
    }
    if (kindOf(manager).countsJobs && value !== null && !Number.isInteger(value)) {
      this.#warnOfSeconds(name, value, t);
    }
    const decision = decide(manager, history, { at: now(), value, timeZone });
    const { dynos } = decision;
    state.setHistory(name, decision.history);
    state.checkup(name, value, t, decision.waitsFor);
    if (dynos !== history.dynos) {
      const text = `${amount(history.dynos)} → ${dynosText(dynos)}, at ${numberText(value, manager)}`;
      const hint = this.#hint(name, manager, history.dynos, dynos);
      state.addEvent({ t, process: name, level: 'info', text: text + hint });
      this.#scale(name, dynos, t);
    }
    if (dynos !== history.dynos || (value !== null && decision.waitsFor === undefined)) {
      this.#byHand.delete(name);
    }
    return { name, manager, value, from: history.dynos, ...decision };
  }

  /** Scales by hand. */
  setDynos(name: string, dynos: number, t: number): void {
    const { state } = this.settings;
    const { history } = state.known(name);
    if (dynos !== history.dynos) {
      this.#byHand.set(name, dynos - history.dynos);
      const text = `${amount(history.dynos)} → ${dynosText(dynos)} by hand`;
      state.addEvent({ t, process: name, level: 'info', text });
      state.setHistory(name, scaledByHand(history, dynos));
      this.#scale(name, dynos, t);
    }
  }

  /** How to keep a change by hand that the manager undoes. */
  #hint(name: string, manager: Manager, from: number, to: number): string {
    const added = this.#byHand.get(name) ?? 0;
    if (added * (to - from) >= 0) {
      return '';
    }
    const { minimum, maximum } = boundsAt(manager, this.settings.now(), this.settings.timeZone);
    const cure =
      added > 0
        ? `raise its ${from > maximum ? 'maximum' : 'minimum'} to keep more dynos`
        : `lower its ${from < minimum ? 'minimum' : 'maximum'} to keep fewer dynos`;
    return `: the manager undoes the change by hand; ${cure}`;
  }

  #warnOfSeconds(name: string, value: number, t: number): void {
    if (!this.#measuredInSeconds.has(name)) {
      this.#measuredInSeconds.add(name);
      const text = `${value} is no number of jobs but a latency: set the manager's type to job-queue-latency, or the proc's metric to 'size'`;
      this.settings.state.addEvent({ t, process: name, level: 'problem', text });
    }
  }

  isAtMinimum(name: string): boolean {
    const { manager, history, dynos } = this.settings.state.known(name);
    return (
      !dynos.some(({ status }) => status === 'stopping') && (!manager || history.dynos === this.#minimumOf(manager))
    );
  }

  #minimumOf(manager: Manager): number {
    return boundsAt(manager, this.settings.now(), this.settings.timeZone).minimum;
  }

  #scale(name: string, dynos: number, t: number): void {
    const { scale, state } = this.settings;
    if (scale) {
      scale(name, dynos);
    } else {
      state.setDynos(name, dynosOnPaper(name, dynos), t);
    }
  }
}
