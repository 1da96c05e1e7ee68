/** Polls an app as HireFire does, and decides for dynos that exist on paper only. */
import { defaultManagers, type Managers } from '../../hirefire/managers/managers-for.js';
import { Poller, type Poll } from '../../hirefire/poll.js';
import type { RunControls, RunState } from '../../run/run-state.js';
import { Scaling, type Decided } from '../../run/scaling.js';

export interface WatchSettings {
  readonly base: URL;
  readonly token: string;
  /** Undefined: every process that the app reports gets the default. */
  readonly managers: Managers | undefined;
  readonly timeZone: string;
  readonly dynoPrices: ReadonlyMap<string, number>;
  /** Seconds after which it ends by itself. */
  readonly duration: number | undefined;
}

export interface Checkup {
  /** Seconds since the start. */
  readonly t: number;
  readonly poll: Poll;
  readonly decided: readonly Decided[];
  /** Processes that the app reports and that have no manager. */
  readonly unmanaged: readonly string[];
}

/** The most processes that get a default manager. */
const MAX_PROCESSES = 100;

export class Watch {
  readonly #scaling: Scaling;
  readonly #start = performance.now();

  constructor(
    private readonly settings: WatchSettings,
    private readonly state: RunState,
  ) {
    this.#scaling = new Scaling({ state, timeZone: settings.timeZone, now: Date.now });
    this.#manage(settings.managers ?? new Map(), 0);
  }

  readonly controls: RunControls = { setManager: (name, manager) => this.state.setManager(name, manager, this.#t) };

  /**
   * Runs until the duration is over or the signal aborts.
   *
   * @param report - called after every checkup, and awaited
   */
  async run(report: (checkup: Checkup) => void | Promise<void>, signal: AbortSignal): Promise<void> {
    const { base, token, duration } = this.settings;
    const over = new AbortController();
    const timer = duration === undefined ? undefined : setTimeout(() => over.abort(), duration * 1000);
    const end = AbortSignal.any([signal, over.signal]);
    try {
      for await (const poll of new Poller(base, token).every(this.state.every, end)) {
        if (!poll.ok && end.aborted && (signal.aborted || this.state.pollTimes.count > 0)) {
          // The end cut it short: it counts only if it was the only poll.
          break;
        }
        await report(this.#checkup(poll));
      }
    } finally {
      clearTimeout(timer);
      this.state.countUntil(this.#t);
    }
  }

  get #t(): number {
    return Math.round(performance.now() - this.#start) / 1000;
  }

  #checkup(poll: Poll): Checkup {
    const t = this.#t;
    this.state.addPoll(poll);
    const reported = poll.ok ? [...poll.values.keys()] : [];
    const names = this.state.processes.map(({ name }) => name);
    if (this.settings.managers === undefined) {
      const others = reported.filter((name) => !names.includes(name));
      names.push(...this.#manage(defaultManagers(others.slice(0, MAX_PROCESSES - names.length)), t));
    }
    const numberOf = (name: string): number | null => (poll.ok ? (poll.values.get(name) ?? null) : null);
    const decided = names.flatMap((name) => this.#scaling.checkup(name, numberOf(name), t) ?? []);
    if (!poll.ok) {
      const message = `poll failed, dynos left alone: ${poll.reason}`;
      this.state.addProblem({ kind: 'poll-failed', process: null, dyno: null, t, message });
    }
    return { t, poll, decided, unmanaged: reported.filter((name) => !names.includes(name)) };
  }

  #manage(managers: Managers, t: number): string[] {
    managers.forEach((manager, name) => this.#scaling.add(name, manager, t, this.settings.dynoPrices.get(name)));
    return [...managers.keys()];
  }
}
