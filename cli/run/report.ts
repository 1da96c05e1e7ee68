/** The report of a run, as `--report` writes it. */
import type { Manager } from '../hirefire/managers/schema.js';
import type { RouterCode } from '../heroku/router-codes.js';
import type { Problem, RunEvent } from './events.js';
import type { ManagerSince, Point, ProcessState } from './run-process.js';
import type { RunState } from './run-state.js';

export interface ProcessReport {
  /** Null: not managed. */
  readonly manager: Manager | null;
  /** All of them, if one was set during the run. */
  readonly managers?: readonly ManagerSince[];
  readonly series: readonly Point[];
  readonly dynoSeconds: number;
  /** With each manager's maximum while it was set. */
  readonly dynoSecondsAtMaximum: number;
  /** From the first value above 0 to the first dyno that was up; null without either, and for web. */
  readonly secondsToFirstDyno: number | null;
  /** The highest value; null if none was known. */
  readonly worst: number | null;
  /** Dollars per dyno and month; absent if none was given. */
  readonly price?: number;
}

export interface Report {
  /** Its name. */
  readonly app: string;
  readonly startedAt: string;
  /** When the last dyno had ended: all figures cover the time up to it. */
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
  /** The newest ones, problems included. */
  readonly events: readonly RunEvent[];
}

export function reportOf(state: RunState): Report {
  const { app, startedAt, seconds, speed, processes, pollTimes, failedPolls, requestTimes, codes, problems, events } =
    state;
  return {
    app: app.name,
    startedAt: startedAt.toISOString(),
    endedAt: new Date(startedAt.getTime() + Math.round(seconds * 1000)).toISOString(),
    speed,
    processes: Object.fromEntries(processes.map((process) => [process.name, processReport(process)])),
    polls: { count: pollTimes.count, failed: failedPolls, p50: pollTimes.percentile(50), max: pollTimes.max },
    router: {
      requests: requestTimes.count,
      p50: requestTimes.percentile(50),
      p95: requestTimes.percentile(95),
      codes,
    },
    ...{ problems, events },
  };
}

function processReport(process: ProcessState): ProcessReport {
  const {
    manager = null,
    managers,
    series,
    dynoSeconds,
    dynoSecondsAtMaximum,
    secondsToFirstDyno,
    worst,
    price,
  } = process;
  return {
    manager,
    ...(managers.some(({ t }) => t > 0) && { managers }),
    ...{ series, dynoSeconds, dynoSecondsAtMaximum, secondsToFirstDyno, worst },
    ...(price !== undefined && { price }),
  };
}
