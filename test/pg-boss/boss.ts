/** The versions of pg-boss that the tests run, in words that all of them understand. */
import { PgBoss as Boss12 } from 'pg-boss';
import Boss10 from 'pg-boss-10';
import Boss11 from 'pg-boss-11';
import { PgBoss as Boss12Of19 } from 'pg-boss-12.19';
import { PgBoss as Boss12Of30 } from 'pg-boss-12.30';
import { PgBoss as Boss12Of33 } from 'pg-boss-12.33';

export interface SendOptions {
  readonly startAfter?: Date | number;
  readonly priority?: number;
  readonly retryLimit?: number;
  readonly retryDelay?: number;
  readonly retryBackoff?: boolean;
  readonly singletonKey?: string;
  readonly singletonSeconds?: number;
  readonly singletonNextSlot?: boolean;
  readonly expireInSeconds?: number;
  /** From pg-boss 12 on. */
  readonly group?: { readonly id: string };
}

export interface QueueOptions {
  readonly policy?: 'standard' | 'short' | 'singleton' | 'stately' | 'exclusive' | 'key_strict_fifo';
  readonly deadLetter?: string;
  readonly partition?: boolean;
}

export interface BossJob {
  readonly id: string;
  readonly state: 'created' | 'retry' | 'active' | 'completed' | 'cancelled' | 'failed';
  readonly startAfter: Date;
  readonly blocked?: boolean;
}

export interface Boss {
  start(): Promise<unknown>;
  stop(options: { graceful: boolean; timeout?: number }): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  createQueue(name: string, options?: QueueOptions): Promise<unknown>;
  deleteQueue(name: string): Promise<unknown>;
  send(name: string, data: object, options?: SendOptions): Promise<string | null>;
  fetch(name: string, options?: { readonly groupConcurrency?: number }): Promise<readonly { readonly id: string }[]>;
  work(
    name: string,
    options: { readonly pollingIntervalSeconds: number; readonly batchSize: number },
    handler: () => Promise<void>,
  ): Promise<unknown>;
  complete(name: string, id: string): Promise<unknown>;
  fail(name: string, id: string): Promise<unknown>;
  schedule(name: string, cron: string): Promise<unknown>;
  cancel(name: string, id: string): Promise<unknown>;
  resume(name: string, id: string): Promise<unknown>;
  retry(name: string, id: string): Promise<unknown>;
  deleteJob(name: string, id: string): Promise<unknown>;
  /** Gives jobs of dead workers back, and more; pg-boss 10 calls that {@link maintain}. */
  supervise?(name: string): Promise<unknown>;
  maintain?(): Promise<unknown>;
  /** Jobs that wait for others, from pg-boss 12 on; answers their ids by `ref`. */
  flow?(jobs: { ref: string; name: string; dependsOn?: string[] }[]): Promise<Readonly<Record<string, string>>>;
  getJobById(name: string, id: string): Promise<BossJob | null>;
  /** From pg-boss 12 on. */
  findJobs?(name: string): Promise<readonly BossJob[]>;
  getDb(): { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };
}

export interface BossOptions {
  readonly connectionString: string;
  readonly schema?: string;
  readonly max?: number;
  /** Sends what is scheduled, looking at it that often. */
  readonly schedule?: boolean;
  readonly cronMonitorIntervalSeconds?: number;
  readonly cronWorkerIntervalSeconds?: number;
  readonly db?: { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };
}

/** Nothing that it does by itself: tests say when. */
const QUIET = { supervise: false, schedule: false, migrate: true };

const LIBRARIES: Readonly<Record<Version, new (options: BossOptions & typeof QUIET) => Boss>> = {
  10: Boss10,
  11: Boss11,
  '12.19': Boss12Of19,
  '12.30': Boss12Of30,
  '12.33': Boss12Of33,
  12: Boss12,
};

export const MAJORS = [10, 11, 12] as const;

/** With those between, whose schemas are asked in other words. */
export const VERSIONS = [...MAJORS, '12.19', '12.30', '12.33'] as const;

export type Version = (typeof VERSIONS)[number];

export function newBoss(version: Version, options: BossOptions): Boss {
  const boss = new LIBRARIES[version]({ ...QUIET, ...options });
  // While the server is away, which the tests see to.
  boss.on('error', () => undefined);
  return boss;
}
