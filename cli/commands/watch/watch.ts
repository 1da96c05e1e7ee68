/** Polls an app as HireFire does, and decides for dynos that exist on paper only. */
import { setTimeout as delay } from 'node:timers/promises';
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
  /** Seconds from one checkup to the next. */
  readonly every: number;
  /** Seconds after which it ends by itself. */
  readonly duration: number | undefined;
}

export interface Checkup {
  /** Seconds since the start. */
  readonly t: number;
  readonly poll: Poll;
  readonly decided: readonly Decided[];
  /** Processes that the app reports and nobody manages. */
  readonly unmanaged: readonly string[];
}

/** Managed by default, whatever an app makes up. */
const MAX_PROCESSES = 100;

export class Watch {
  readonly #poller: Poller;
  readonly #scaling: Scaling;
  readonly #start = performance.now();
  polls = 0;
  failedPolls = 0;

  constructor(
    private readonly settings: WatchSettings,
    private readonly state: RunState,
  ) {
    this.#poller = new Poller(settings.base, settings.token);
    const { timeZone } = settings;
    this.#scaling = new Scaling({ state, timeZone, seconds: () => this.seconds, now: Date.now });
    this.#manage(settings.managers ?? new Map());
  }

  readonly controls: RunControls = { setManager: (name, manager) => this.#scaling.setManager(name, manager) };

  /** Seconds since the start. */
  get seconds(): number {
    return Math.round(performance.now() - this.#start) / 1000;
  }

  /**
   * Until the duration is over or the signal aborts.
   *
   * @param report - called after every checkup, and awaited
   */
  async run(report: (checkup: Checkup) => void | Promise<void>, signal: AbortSignal): Promise<void> {
    const { every, duration = Infinity } = this.settings;
    const over = new AbortController();
    const timer = duration === Infinity ? undefined : setTimeout(() => over.abort(), duration * 1000);
    const end = AbortSignal.any([signal, over.signal]);
    try {
      let turn = 0;
      while (await until(this.#start + turn * every * 1000, end)) {
        const poll = await this.#poller.poll({ signal: end });
        if (!poll.ok && end.aborted && (signal.aborted || this.polls > 0)) {
          // Broken off by the end: that says nothing of the app, unless there was no other poll.
          break;
        }
        await report(this.#checkup(poll));
        // Checkups that a slow answer has made late are left out.
        turn = Math.max(turn + 1, Math.ceil(this.seconds / every));
      }
    } finally {
      clearTimeout(timer);
      this.state.countUntil(this.seconds);
    }
  }

  #checkup(poll: Poll): Checkup {
    const t = this.seconds;
    this.polls++;
    this.failedPolls += poll.ok ? 0 : 1;
    const names = this.state.processes.map(({ name }) => name);
    if (poll.ok && this.settings.managers === undefined) {
      const others = [...poll.values.keys()].filter((name) => !names.includes(name));
      names.push(...this.#manage(defaultManagers(others.slice(0, MAX_PROCESSES - names.length))));
    }
    const numberOf = (name: string): number | null => (poll.ok ? (poll.values.get(name) ?? null) : null);
    const decided = names.flatMap((name) => this.#scaling.checkup(name, numberOf(name), t) ?? []);
    const unmanaged = poll.ok ? [...poll.values.keys()].filter((name) => !names.includes(name)) : [];
    if (!poll.ok) {
      this.state.addEvent({ t, level: 'problem', text: `poll failed, dynos left alone: ${poll.reason}` });
    }
    return { t, poll, decided, unmanaged };
  }

  #manage(managers: Managers): string[] {
    managers.forEach((manager, name) => this.#scaling.add(name, manager, this.settings.dynoPrices.get(name)));
    return [...managers.keys()];
  }
}

/**
 * @param at - of `performance.now()`
 * @returns false where the signal came first
 */
async function until(at: number, signal: AbortSignal): Promise<boolean> {
  await delay(Math.max(at - performance.now(), 0), undefined, { signal }).catch(() => undefined);
  return !signal.aborted;
}
