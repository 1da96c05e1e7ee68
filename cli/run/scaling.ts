/** HireFire's side of a run: decides the dynos of every managed process, and notes it in the state. */
import { decide, newHistory, scaledByHand, type Decision, type History } from '../hirefire/managers/decide.js';
import type { Manager } from '../hirefire/managers/schema.js';
import { boundsAt } from '../hirefire/managers/time-ranges.js';
import { dynosText, numberText } from '../hirefire/managers/units.js';
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
  /** Seconds since the start. */
  readonly seconds: () => number;
  /** HireFire's clock, in epoch milliseconds. */
  readonly now: () => number;
  /** Starts or stops dynos; without it they exist on paper only. */
  readonly scale?: (process: string, dynos: number) => void;
}

export class Scaling {
  readonly #histories = new Map<string, History>();

  constructor(private readonly settings: ScalingSettings) {}

  /** Starts a process at its minimum, or at one dyno where nobody manages it. */
  add(name: string, manager: Manager | undefined, price?: number): void {
    const { state, seconds } = this.settings;
    const dynos = manager ? this.#minimumOf(manager) : 1;
    this.#histories.set(name, newHistory(dynos));
    state.addProcess(name, manager, dynos, seconds(), price);
    this.settings.scale?.(name, dynos);
  }

  /** Decides by the number of a checkup; a process without a manager keeps its dynos. */
  checkup(name: string, value: number | null, t: number): Decided | undefined {
    const { state, timeZone, now } = this.settings;
    const { manager } = state.process(name) ?? {};
    const before = this.#historyOf(name);
    if (!manager) {
      state.add(name, { t, value, dynos: before.dynos });
      return undefined;
    }
    const decision = decide(manager, before, { at: now(), value, timeZone });
    this.#histories.set(name, decision.history);
    if (decision.dynos !== before.dynos) {
      const text = `${before.dynos} → ${dynosText(decision.dynos)}, at ${numberText(value, manager)}`;
      state.addEvent({ t, process: name, level: 'info', text });
      this.settings.scale?.(name, decision.dynos);
    }
    state.add(name, { t, value, dynos: decision.dynos });
    return { name, manager, value, from: before.dynos, ...decision };
  }

  setManager(name: string, manager: Manager): void {
    this.settings.state.setManager(name, manager, this.settings.seconds());
  }

  byHand(name: string, dynos: number): void {
    this.#histories.set(name, scaledByHand(this.#historyOf(name), dynos));
    this.settings.scale?.(name, dynos);
    this.settings.state.setDynos(name, dynos, this.settings.seconds());
  }

  dynosOf(name: string): number {
    return this.#historyOf(name).dynos;
  }

  isAtMinimum(name: string): boolean {
    const { manager } = this.settings.state.process(name) ?? {};
    return !manager || this.dynosOf(name) === this.#minimumOf(manager);
  }

  #minimumOf(manager: Manager): number {
    return boundsAt(manager, this.settings.now(), this.settings.timeZone).minimum;
  }

  #historyOf(name: string): History {
    return this.#histories.get(name) ?? newHistory(0);
  }
}
