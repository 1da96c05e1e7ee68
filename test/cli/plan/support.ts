import type { Manager, WorkerManager } from '../../../cli/hirefire/managers/schema.js';
import { run, type RunResult } from '../../../cli/plan/run.js';
import { jobsOf, type Workload } from '../../../cli/plan/workload.js';
import { manager } from '../hirefire/managers/support.js';

export const MONDAY_NOON = new Date(Date.UTC(2026, 10, 23, 12));

/** Jobs by the seconds when they became ready, and those that they took. */
export function workload(jobs: readonly (readonly [number, number])[], seconds: number, waiting = 0): Workload {
  return {
    startedAt: MONDAY_NOON,
    seconds,
    jobs: jobs.map(([readyAt, took]) => ({ readyAt, took })),
    waiting,
    estimated: false,
  };
}

export function workerManager(settings: Parameters<typeof manager>[0]): WorkerManager {
  const given: Manager = manager(settings);
  if (given.type !== 'job-queue-size' && given.type !== 'job-queue-latency') {
    throw new Error(`${given.type} is for web`);
  }
  return given;
}

/** A manager that keeps that many dynos. */
export function always(dynos: number): WorkerManager {
  return workerManager({ type: 'job-queue-size', minimum: dynos, maximum: dynos });
}

/** HireFire's defaults: a checkup a minute, 15 s to boot, one job at a time. */
export const DEFAULTS = { slots: 1, boot: 15, checkupFrequency: 60, timeZone: 'UTC', firstCheckup: 0 };

/** One replay, with the waits in the order of the jobs. */
export function played(
  jobs: Workload,
  of: WorkerManager,
  settings: Partial<typeof DEFAULTS> = {},
): Omit<RunResult, 'waits'> & { readonly waits: readonly number[] } {
  const result = run(jobsOf(jobs), { ...DEFAULTS, ...settings, manager: of });
  return { ...result, waits: [...result.waits] };
}
