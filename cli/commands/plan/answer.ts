/** The answer to `plan`: what `--json` prints, and what text and page show. */
import { UsageError } from '../../io/errors.js';
import { picksByBudget, picksByWait, type Evaluated, type Picks, type Searched } from '../../plan/picks.js';
import type { WorkerManager } from '../../hirefire/managers/schema.js';
import { spreadOf, type Spread } from '../../plan/spread.js';
import type { PlannedProcess } from './processes.js';

export const IDS = ['now', 'cheaper', 'faster', 'fixed'] as const;

export interface Answer {
  /** Of history. */
  readonly seconds: number;
  readonly processes: Readonly<Record<string, ProcessAnswer>>;
}

export interface ProcessAnswer {
  readonly jobs: number;
  readonly took: { readonly mean: number; readonly p95: number };
  readonly estimated: boolean;
  readonly plans: readonly Plan[];
}

export interface Plan {
  readonly id: (typeof IDS)[number];
  readonly starred: boolean;
  readonly manager: WorkerManager;
  readonly dynoHours: number;
  readonly dynoHoursPerDay: number;
  /** Null: no price is known. */
  readonly pricePerMonth: number | null;
  /** Null: it never ends. */
  readonly wait: Spread | null;
  readonly interrupted: number;
  readonly endless?: true;
}

/** A limit that the settings should keep. */
export interface Goal {
  /** Seconds. */
  readonly wait?: number;
  /** Dollars a month, for all processes. */
  readonly budget?: number;
}

export interface PickedProcess extends PlannedProcess {
  readonly searched: Searched;
  readonly picks: Picks;
}

/** @throws UsageError for a budget without a price */
export function pricesFor(processes: readonly PlannedProcess[]): Map<string, number> {
  return new Map(
    processes.map(({ name, price }) => {
      if (price === undefined) {
        throw new UsageError(
          `--budget needs the price of a dyno: add "dynoPrices": { "${name}": 25 } to hirefire.json`,
        );
      }
      return [name, price];
    }),
  );
}

export function picked(
  processes: readonly PlannedProcess[],
  searches: ReadonlyMap<string, Searched>,
  { wait, budget }: Goal,
): PickedProcess[] {
  const picks =
    budget === undefined
      ? new Map([...searches].map(([name, searched]) => [name, picksByWait(searched, wait)]))
      : picksByBudget(searches, pricesFor(processes), budget);
  return processes.flatMap((process) => {
    const [searched, its] = [searches.get(process.name), picks.get(process.name)];
    return searched && its ? [{ ...process, searched, picks: its }] : [];
  });
}

export function answerOf(processes: readonly PickedProcess[], seconds: number): Answer {
  return { seconds, processes: Object.fromEntries(processes.map((process) => [process.name, processAnswer(process)])) };
}

function processAnswer({ workload: { jobs, estimated }, picks, price }: PickedProcess): ProcessAnswer {
  const { mean, p95 } = spreadOf(Float64Array.from(jobs, ({ took }) => took));
  return {
    jobs: jobs.length,
    took: { mean, p95 },
    estimated,
    plans: IDS.flatMap((id) => {
      const pick = picks[id];
      return pick ? [planOf(id, pick, picks.starred === id, price)] : [];
    }),
  };
}

function planOf(id: Plan['id'], { manager, replayed }: Evaluated, starred: boolean, price: number | undefined): Plan {
  const { endless, ...figures } = replayed;
  return {
    ...{ id, starred, manager },
    ...figures,
    pricePerMonth: priceOf(figures.dynoHoursPerDay, price),
    ...(endless && { endless }),
  };
}

/** Null: no price is known. */
export function priceOf(dynoHoursPerDay: number, price: number | undefined): number | null {
  return price === undefined ? null : (dynoHoursPerDay / 24) * price;
}
