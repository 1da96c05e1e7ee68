/** What a manager's number counts, in words. */
import { kindOf } from './kinds.js';
import type { Manager } from './schema.js';

/** `42 jobs`, `0.5 s`; `unknown` for null. */
export function numberText(value: number | null, manager: Manager): string {
  if (value === null) {
    return 'unknown';
  }
  return `${Number(value.toFixed(3))} ${value === 1 && manager.type === 'job-queue-size' ? 'job' : kindOf(manager).unit}`;
}

export function dynosText(dynos: number): string {
  return `${dynos} ${dynos === 1 ? 'dyno' : 'dynos'}`;
}
