/** Why a process has as many dynos as it has, in a few words. */
import type { Decision } from '../hirefire/managers/decide.js';
import { kindOf, numberText } from '../hirefire/managers/kinds.js';
import type { Manager } from '../hirefire/managers/schema.js';
import type { Point } from './run-process.js';

/** The reason of one checkup's decision by its manager. */
export function whyOf({ value, dynos }: Point, manager: Manager | undefined, waitsFor?: Decision['waitsFor']): string {
  if (value === null) {
    return 'the number is unknown, so the dynos stay';
  }
  const waits = waitsFor === undefined ? '' : `, waits for its ${waitsFor}`;
  return `${numberText(Math.round(value * 10) / 10, manager)}: ${kindOf(manager).rule(value, dynos)}${boundOf(value, dynos, manager)}${waits}`;
}

/** The bound that keeps the dynos from what the value asks for. */
function boundOf(value: number, dynos: number, manager: Manager | undefined): string {
  const { wanted, minimumFor } = kindOf(manager);
  const ask = wanted(value, dynos);
  if (ask > dynos && dynos === manager?.maximum) {
    return `, at most ${dynos}`;
  }
  if (ask < dynos && dynos === manager?.minimum) {
    return `, at least ${dynos}`;
  }
  return ask < dynos && dynos === minimumFor?.(value) ? ', one stays until 0' : '';
}
