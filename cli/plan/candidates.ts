/** Managers to try instead of `now`: a coarse grid, and the neighbours of those that did well. */
import type { WorkerManager } from '../hirefire/managers/schema.js';
import type { Demand } from './demand.js';
import { distinct, geometric, inBetween, nextTo } from './steps.js';
import { workerKindOf } from './worker-kinds.js';

/** @param wait - seconds that jobs may wait, if given */
export function grid(given: WorkerManager, demand: Demand, wait = 0): WorkerManager[] {
  const most = 2 * demand.peak;
  const now = { ...given, maximum: Math.min(given.maximum, most) };
  const average = Math.ceil(demand.average);
  const minimums = distinct([0, 1, average, now.minimum]);
  const maximums = distinct([inBetween(average + 1, most), most, now.maximum]);
  const bounds = minimums.flatMap((minimum) => maximums.map((maximum) => ({ minimum, maximum })));
  const rules = workerKindOf(now)
    .grid(demand, wait)
    .flatMap((rule) => workerKindOf(rule).variants);
  return [
    ...geometric(1, most, 10).map((dynos) => ({ ...now, minimum: dynos, maximum: dynos })),
    ...rules.flatMap((rule) => bounds.filter(isARange).map((bound) => ({ ...rule, ...bound }))),
  ].filter((manager) => isValid(manager, demand));
}

function isARange({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }): boolean {
  return minimum < maximum;
}

/** Managers that differ in one setting by about `factor`, which is above 1. */
export function neighbours(of: WorkerManager, demand: Demand, factor: number): WorkerManager[] {
  const { minimum, maximum } = of;
  const { near, variants } = workerKindOf(of);
  const isFixed = minimum === maximum;
  return [
    ...near(factor),
    ...nextTo(minimum, factor).map((dynos) => ({ ...of, minimum: dynos, ...(isFixed && { maximum: dynos }) })),
    ...nextTo(maximum, factor).map((dynos) => ({ ...of, maximum: dynos })),
    ...variants,
  ].filter((manager) => isValid(manager, demand));
}

/** True if the schema would take it, with its time ranges, and the trace could use it. */
function isValid(manager: WorkerManager, { peak }: Demand): boolean {
  const { minimum, maximum, timeRanges } = manager;
  const isInOrder = [{ minimum, maximum }, ...timeRanges].every(
    (range) => (range.minimum ?? minimum) <= (range.maximum ?? maximum),
  );
  return maximum >= 1 && maximum <= 2 * peak && isInOrder && workerKindOf(manager).isValid;
}
