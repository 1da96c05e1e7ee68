/** Managers to try instead of `now`: a coarse grid, and the neighbours of those that did well. */
import type { Demand } from './demand.js';
import type { WorkerManager } from './run.js';

/** Seconds that no one waits for a dyno, if nothing else says more. */
const LONG_WAIT = 600;

/** @param wait - seconds that jobs may wait, if given */
export function grid(given: WorkerManager, demand: Demand, wait = 0): WorkerManager[] {
  const most = 2 * demand.peak;
  const now = { ...given, maximum: Math.min(given.maximum, most) };
  const average = Math.ceil(demand.average);
  const minimums = distinct([0, 1, average, now.minimum]);
  const maximums = distinct([between(average + 1, most), most, now.maximum]);
  const bounds = minimums.flatMap((minimum) => maximums.map((maximum) => ({ minimum, maximum })));
  const rules =
    now.type === 'job-queue-size'
      ? sizeRules(now, Math.max(demand.burst, 4 * now.ratio))
      : latencyRules(now, Math.max(LONG_WAIT, 2 * wait, 2 * now.maximumLatency));
  return [
    ...geometric(1, most, 10).map((dynos) => ({ ...now, minimum: dynos, maximum: dynos })),
    ...rules.flatMap((rule) => bounds.filter(isARange).map((bound) => ({ ...rule, ...bound }))),
  ].filter((manager) => isValid(manager, demand));
}

function isARange({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }): boolean {
  return minimum < maximum;
}

type Of<T extends WorkerManager['type']> = Extract<WorkerManager, { readonly type: T }>;

function sizeRules(now: Of<'job-queue-size'>, mostPerDyno: number): WorkerManager[] {
  return distinct([...geometric(1, mostPerDyno, 7), now.ratio]).flatMap((ratio) => variants({ ...now, ratio }));
}

function latencyRules(now: Of<'job-queue-latency'>, longest: number): WorkerManager[] {
  const thresholds = distinct([...geometric(1, longest, 5), now.minimumLatency, now.maximumLatency]);
  return thresholds.flatMap((maximumLatency) =>
    distinct([1, between(1, maximumLatency), now.minimumLatency])
      .filter((minimumLatency) => minimumLatency <= maximumLatency)
      .flatMap((minimumLatency) => variants({ ...now, minimumLatency, maximumLatency })),
  );
}

/** The switches. Protecting needs a manager that would stop a dyno with a job. */
function variants(manager: WorkerManager): WorkerManager[] {
  if (manager.type === 'job-queue-latency') {
    return [false, true].map((protect) => ({ ...manager, protect }));
  }
  return [
    { ...manager, decrementable: false },
    { ...manager, decrementable: true, protect: false },
    { ...manager, decrementable: true, protect: true },
  ];
}

/** Managers that differ in one setting by about `factor`, which is above 1. */
export function neighbours(of: WorkerManager, demand: Demand, factor: number): WorkerManager[] {
  const { minimum, maximum } = of;
  const isFixed = minimum === maximum;
  return [
    ...rulesNear(of, factor),
    ...steps(minimum, factor).map((dynos) => ({ ...of, minimum: dynos, ...(isFixed && { maximum: dynos }) })),
    ...steps(maximum, factor).map((dynos) => ({ ...of, maximum: dynos })),
    ...variants(of),
  ].filter((manager) => isValid(manager, demand));
}

function rulesNear(of: WorkerManager, factor: number): WorkerManager[] {
  if (of.type === 'job-queue-size') {
    return steps(of.ratio, factor).map((ratio) => ({ ...of, ratio }));
  }
  return [
    ...steps(of.minimumLatency, factor).map((minimumLatency) => ({ ...of, minimumLatency })),
    ...steps(of.maximumLatency, factor).map((maximumLatency) => ({ ...of, maximumLatency })),
  ];
}

/** True if the schema would take it, with its time ranges, and the trace could use it. */
function isValid(manager: WorkerManager, { peak }: Demand): boolean {
  const { minimum, maximum, timeRanges } = manager;
  const isInOrder = [{ minimum, maximum }, ...timeRanges].every(
    (range) => (range.minimum ?? minimum) <= (range.maximum ?? maximum),
  );
  const isRule =
    manager.type === 'job-queue-size'
      ? manager.ratio >= 1
      : manager.minimumLatency <= manager.maximumLatency && (manager.minimumLatency > 0 || !manager.protect);
  return maximum >= 1 && maximum <= 2 * peak && isInOrder && isRule;
}

/** The whole numbers next to a value: a factor away, or 1 where that is more. */
function steps(value: number, factor: number): number[] {
  return [
    Math.min(Math.round(value / factor), Math.ceil(value) - 1),
    Math.max(Math.round(value * factor), Math.floor(value) + 1),
  ].filter((step) => step >= 0);
}

/** Whole numbers from `low` to `high`, each by about the same factor above the one before. */
function geometric(low: number, high: number, count: number): number[] {
  const factor = (high / low) ** (1 / (count - 1));
  return distinct(Array.from({ length: count }, (_, place) => Math.round(low * factor ** place)));
}

function between(low: number, high: number): number {
  return Math.round(Math.sqrt(low * high));
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((one, other) => one - other);
}
