/** The settings that a plan names, of those that were replayed. */
import type { Replayed } from './replay.js';
import type { WorkerManager } from '../hirefire/managers/schema.js';

export interface Evaluated {
  readonly manager: WorkerManager;
  readonly replayed: Replayed;
}

/** Everything that was replayed for one process. */
export interface Searched {
  readonly now: Evaluated;
  /** The smallest number of dynos, always on, whose wait is at most that of `now`. */
  readonly fixed: Evaluated | undefined;
  /** With `now`. */
  readonly settings: readonly Evaluated[];
}

export interface Picks {
  readonly now: Evaluated;
  readonly cheaper?: Evaluated;
  readonly faster?: Evaluated;
  readonly fixed?: Evaluated;
  readonly starred?: 'cheaper' | 'faster';
  /** Set if no setting is good enough: the one that comes nearest. */
  readonly nearest?: Evaluated;
}

/** Without a budget. @param wait - the goal of `--wait`, in seconds */
export function picksByWait(searched: Searched, wait?: number): Picks {
  const open = openSettings(searched);
  const { now, fixed } = searched;
  const cheaper = least(open.filter(within(wait ?? waitOf(now))), hoursOf, waitOf);
  const faster = least(
    open.filter((setting) => hoursOf(setting) <= 2 * hoursOf(now)),
    waitOf,
    hoursOf,
  );
  const nearest = cheaper ? undefined : least(open, waitOf, hoursOf);
  return {
    now,
    ...(cheaper && { cheaper, starred: 'cheaper' }),
    ...(faster && { faster }),
    ...(fixed && { fixed }),
    ...(nearest && { nearest }),
  };
}

/**
 * One budget for all processes together: the longest of their waits is as short as it can be, then the next longest.
 *
 * @param dollars - a month
 * @param prices - of one dyno a month, by process
 */
export function picksByBudget(
  searches: ReadonlyMap<string, Searched>,
  prices: ReadonlyMap<string, number>,
  dollars: number,
): Map<string, Picks> {
  const shares = [...searches].map(([name, searched]) => new Share(searched, prices.get(name) ?? 0));
  const isEnough = shares.every(({ chosen }) => chosen) && spent(shares) <= dollars;
  if (isEnough) {
    spend(shares, dollars);
  }
  return new Map(
    [...searches].map(([name, searched], place) => [name, budgeted(searched, shares[place]?.chosen, isEnough)]),
  );
}

function budgeted(searched: Searched, chosen: Evaluated | undefined, isEnough: boolean): Picks {
  const { starred: _star, faster: _faster, nearest: _nearest, ...picks } = picksByWait(searched);
  if (!chosen) {
    return picks;
  }
  return isEnough ? { ...picks, faster: chosen, starred: 'faster' } : { ...picks, nearest: chosen };
}

/** The settings of one process from the cheapest to the fastest. */
class Share {
  readonly #front: readonly Evaluated[];
  #place = 0;

  constructor(
    searched: Searched,
    private readonly price: number,
  ) {
    this.#front = frontOf(openSettings(searched));
  }

  get chosen(): Evaluated | undefined {
    return this.#front[this.#place];
  }

  get dollars(): number {
    return this.#dollarsOf(this.chosen);
  }

  get dollarsOfNext(): number {
    return this.#dollarsOf(this.#front[this.#place + 1]);
  }

  next(): void {
    this.#place++;
  }

  #dollarsOf(setting: Evaluated | undefined): number {
    return setting ? (hoursOf(setting) / 24) * this.price : Infinity;
  }
}

function spent(shares: readonly Share[]): number {
  return shares.reduce((sum, { dollars }) => sum + dollars, 0);
}

function spend(shares: readonly Share[], dollars: number): void {
  for (let open = [...shares]; open.length > 0;) {
    const slowest = open.reduce((found, share) => (chosenWait(share) > chosenWait(found) ? share : found));
    if (spent(shares) - slowest.dollars + slowest.dollarsOfNext <= dollars) {
      slowest.next();
    } else {
      open = open.filter((share) => share !== slowest);
    }
  }
}

function chosenWait({ chosen }: Share): number {
  return chosen ? waitOf(chosen) : Infinity;
}

/** None costs as much as, and waits as long as, another one: from the cheapest to the fastest. */
export function frontOf(settings: readonly Evaluated[]): Evaluated[] {
  const byCost = settings.toSorted((one, other) => hoursOf(one) - hoursOf(other) || waitOf(one) - waitOf(other));
  const front: Evaluated[] = [];
  for (const setting of byCost) {
    const last = front.at(-1);
    if (last === undefined || waitOf(setting) < waitOf(last)) {
      front.push(setting);
    }
  }
  return front;
}

/** Settings that may be named: they end, interrupt no more jobs than `now`, and no other named one is better in both. */
export function openSettings({ now, fixed, settings }: Searched): Evaluated[] {
  return settings.filter(
    (setting) =>
      setting.replayed.wait !== null &&
      setting.replayed.interrupted <= now.replayed.interrupted &&
      ![now, fixed].some((other) => other && hoursOf(other) < hoursOf(setting) && waitOf(other) < waitOf(setting)),
  );
}

function within(wait: number): (setting: Evaluated) => boolean {
  return (setting) => waitOf(setting) <= wait;
}

/** The cost without a price: dyno hours a day. */
export function hoursOf({ replayed }: Evaluated): number {
  return replayed.dynoHoursPerDay;
}

/** The 95 % wait in seconds; Infinity: it never ends. */
export function waitOf({ replayed }: Evaluated): number {
  return replayed.wait?.p95 ?? Infinity;
}

/** The first of the equals. */
function least(
  settings: readonly Evaluated[],
  ...by: readonly ((setting: Evaluated) => number)[]
): Evaluated | undefined {
  return settings.toSorted(
    (one, other) => by.map((of) => of(one) - of(other)).find((difference) => difference !== 0) ?? 0,
  )[0];
}
