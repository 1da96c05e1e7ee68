/** What a manager's number counts, in words. */
import type { Manager } from './schema.js';

const UNITS: Readonly<Record<Manager['type'], string>> = {
  'job-queue-size': 'jobs',
  'job-queue-latency': 's',
  'request-queue-time': 'ms',
  'response-time': 'ms',
  'requests-per-minute': 'requests/min',
};

export function unitOf({ type }: Manager): string {
  return UNITS[type];
}

/** `42 jobs`, `0.5 s`; `unknown` for null. */
export function numberText(value: number | null, manager: Manager): string {
  if (value === null) {
    return 'unknown';
  }
  return `${Number(value.toFixed(3))} ${value === 1 && manager.type === 'job-queue-size' ? 'job' : unitOf(manager)}`;
}

export function dynosText(dynos: number): string {
  return `${dynos} ${dynos === 1 ? 'dyno' : 'dynos'}`;
}
