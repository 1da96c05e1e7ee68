/** The report of a run, as `--report` writes it. */
import type { Manager } from '../hirefire/managers/schema.js';
import type { Problem } from './problems.js';
import type { RouterCode } from '../heroku/router.js';

export interface ReportPoint {
  /** Seconds since the start. */
  readonly t: number;
  /** Null: unknown, as after a poll that failed. */
  readonly value: number | null;
  /** After the decision. */
  readonly dynos: number;
}

export interface ProcessReport {
  /** Null: nobody scaled it. */
  readonly manager: Manager | null;
  readonly series: readonly ReportPoint[];
  readonly dynoSeconds: number;
  /** With the manager's maximum all the time. */
  readonly dynoSecondsAtMaximum: number;
  /** From the first value above 0 to the first dyno that was up; null when there was neither. */
  readonly secondsToFirstDyno: number | null;
  /** The highest value; null when none was known. */
  readonly worst: number | null;
}

export interface Report {
  readonly startedAt: string;
  readonly endedAt: string;
  readonly speed: number;
  readonly processes: Readonly<Record<string, ProcessReport>>;
  /** Milliseconds. */
  readonly polls: {
    readonly count: number;
    readonly failed: number;
    readonly p50: number | null;
    readonly max: number | null;
  };
  /** Of users' requests, without the polls; milliseconds. */
  readonly router: {
    readonly requests: number;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly codes: Readonly<Record<RouterCode, number>>;
  };
  readonly problems: readonly Problem[];
}
