/** Replays some hundred settings: a coarse grid first, then the neighbours of the best ones. */
import { grid, neighbours } from './candidates.js';
import { demandOf, type Demand } from './demand.js';
import { frontOf, openSettings, picksByWait, waitOf, type Evaluated, type Searched } from './picks.js';
import type { Replayed } from './replay.js';
import type { WorkerManager } from '../hirefire/managers/schema.js';
import type { Jobs } from './workload.js';

/** Replays each manager, such as on several threads; in the order that they came. */
export type ReplayAll = (managers: readonly WorkerManager[]) => Promise<readonly Replayed[]>;

export interface SearchSettings {
  readonly now: WorkerManager;
  /** Jobs that a dyno works on at once. */
  readonly slots: number;
  readonly checkupFrequency: number;
  /** Seconds that the 95 % wait may take. */
  readonly wait?: number;
}

/** Settings that are replayed at most. */
export const MOST_SETTINGS = 500;
/** Settings between the cheapest and the fastest that a round looks around. */
const FRONT = 8;
/** Each round looks closer. */
const FACTORS = [1.6, 1.3, 1.15, 1.08, 1.04, 1.01];

export function search(jobs: Jobs, settings: SearchSettings, replayAll: ReplayAll): Promise<Searched> {
  return new Search(jobs, settings, replayAll).run();
}

class Search {
  readonly #demand: Demand;
  readonly #found = new Map<string, Evaluated>();

  constructor(
    jobs: Jobs,
    private readonly settings: SearchSettings,
    private readonly replayAll: ReplayAll,
  ) {
    const { slots, checkupFrequency, wait = 0 } = settings;
    this.#demand = demandOf(jobs, slots, Math.max(10 * checkupFrequency, 2 * wait));
  }

  async run(): Promise<Searched> {
    const { now: manager, wait } = this.settings;
    const now = await this.#replay(manager);
    const fixed = await this.#fixed(waitOf(now));
    await this.#replayAll(grid(manager, this.#demand, wait), MOST_SETTINGS / 2);
    for (const [round, factor] of FACTORS.entries()) {
      const left = MOST_SETTINGS - this.#found.size;
      await this.#replayAll(this.#closer({ now, fixed }, factor), left / (FACTORS.length - round));
    }
    return this.#searched({ now, fixed });
  }

  /** More dynos never make a job wait longer, so halving finds the fewest. */
  async #fixed(wait: number): Promise<Evaluated | undefined> {
    let [low, high] = [1, 2 * this.#demand.peak];
    let fixed: Evaluated | undefined;
    while (low <= high) {
      const dynos = (low + high) >> 1;
      const tried = await this.#replay({ ...this.settings.now, minimum: dynos, maximum: dynos, timeRanges: [] });
      const isEnough = !tried.replayed.endless && waitOf(tried) <= wait;
      fixed = isEnough ? tried : fixed;
      [low, high] = isEnough ? [low, dynos - 1] : [dynos + 1, high];
    }
    return fixed;
  }

  /** Neighbours of the settings to be named, then of the others from the cheapest to the fastest. */
  #closer(found: Pick<Searched, 'now' | 'fixed'>, factor: number): WorkerManager[] {
    const searched = this.#searched(found);
    const { cheaper, faster } = picksByWait(searched, this.settings.wait);
    const front = frontOf(openSettings(searched));
    const best = [cheaper, faster].flatMap((pick) => pick ?? []);
    return [...best, ...spread(front, FRONT)].flatMap(({ manager }) => neighbours(manager, this.#demand, factor));
  }

  /** Of `fixed`, those count that could be picked: they have the time ranges of `now`. */
  #searched({ now, fixed }: Pick<Searched, 'now' | 'fixed'>): Searched {
    const { length } = now.manager.timeRanges;
    const settings = [...this.#found.values()].filter(({ manager }) => manager.timeRanges.length === length);
    return { now, fixed, settings };
  }

  async #replay(manager: WorkerManager): Promise<Evaluated> {
    const [evaluated] = await this.#evaluate([manager]);
    if (evaluated === undefined) {
      throw new Error('a manager was not replayed');
    }
    return evaluated;
  }

  /** Replays the new ones among them, at most so many. */
  async #replayAll(managers: readonly WorkerManager[], most: number): Promise<void> {
    const byKey = new Map(managers.map((manager) => [keyOf(manager), manager]));
    const fresh = [...byKey].flatMap(([key, manager]) => (this.#found.has(key) ? [] : [manager]));
    await this.#evaluate(fresh.slice(0, most));
  }

  async #evaluate(managers: readonly WorkerManager[]): Promise<readonly Evaluated[]> {
    const replays = await this.replayAll(managers);
    const evaluated = replays.flatMap((replayed, place) => {
      const manager = managers[place];
      return manager ? [{ manager, replayed }] : [];
    });
    evaluated.forEach((one) => this.#found.set(keyOf(one.manager), one));
    return evaluated;
  }
}

/** Equal for equal managers. */
export function keyOf(manager: WorkerManager | undefined): string {
  return JSON.stringify(manager ?? null);
}

/** At most so many, evenly. */
function spread<T>(values: readonly T[], most: number): T[] {
  const step = Math.max(values.length / most, 1);
  return Array.from({ length: Math.min(values.length, most) }, (_, place) => values[Math.floor(place * step)]).flatMap(
    (value) => value ?? [],
  );
}
