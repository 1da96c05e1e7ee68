/** The versions of graphile-worker that the tests run, in words that all of them understand. */
import * as graphile18 from 'graphile-worker';
import * as graphile16 from 'graphile-worker-16';
import * as graphile17 from 'graphile-worker-17';
import type pg from 'pg';

export interface TaskSpec {
  readonly runAt?: Date;
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly queueName?: string;
  readonly jobKey?: string;
  readonly jobKeyMode?: 'replace' | 'preserve_run_at' | 'unsafe_dedupe';
}

export interface Utils {
  migrate(): Promise<unknown>;
  addJob(identifier: string, payload: object, spec?: TaskSpec): Promise<{ readonly id: string }>;
  completeJobs(ids: string[]): Promise<unknown>;
  permanentlyFailJobs(ids: string[], reason?: string): Promise<unknown>;
  rescheduleJobs(
    ids: string[],
    options: { readonly runAt?: Date; readonly attempts?: number; readonly maxAttempts?: number },
  ): Promise<unknown>;
  withPgClient<T>(callback: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  release(): unknown;
}

export const VERSIONS = ['0.16', '0.17', '0.18'] as const;

export type Version = (typeof VERSIONS)[number];

const LIBRARIES = { '0.16': graphile16, '0.17': graphile17, '0.18': graphile18 };

export function makeUtils(version: Version, pgPool: pg.Pool, schema = 'graphile_worker'): Promise<Utils> {
  return LIBRARIES[version].makeWorkerUtils({ pgPool, schema });
}

/** Runs what is due, one after the other, as a worker does; resolves when nothing is left. */
export async function runOnce(
  version: Version,
  pgPool: pg.Pool,
  taskList: Record<string, () => Promise<void>>,
): Promise<void> {
  const options = { pgPool, taskList, noHandleSignals: true };
  if (version === '0.18') {
    await graphile18.runOnce({ ...options, logger: new graphile18.Logger(() => () => undefined) });
  } else if (version === '0.17') {
    await graphile17.runOnce({ ...options, logger: new graphile17.Logger(() => () => undefined) });
  } else {
    await graphile16.runOnce({ ...options, logger: new graphile16.Logger(() => () => undefined) });
  }
}

/** A worker that runs until it is stopped; the newer versions wait until their last job is completed only if they batch. */
export function run(
  version: Version,
  connectionString: string,
  taskList: Record<string, () => Promise<void>>,
  crontab = '',
): Promise<{ stop(): Promise<unknown> }> {
  const options = { connectionString, taskList, crontab, concurrency: 1, pollInterval: 100, noHandleSignals: true };
  const preset = { worker: { completeJobBatchDelay: 0 } };
  if (version === '0.18') {
    return graphile18.run({ ...options, preset, logger: new graphile18.Logger(() => () => undefined) });
  }
  return version === '0.17'
    ? graphile17.run({ ...options, preset, logger: new graphile17.Logger(() => () => undefined) })
    : graphile16.run({ ...options, logger: new graphile16.Logger(() => () => undefined) });
}
