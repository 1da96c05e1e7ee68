/** The majors of pg-boss that the tests run, in words that all of them understand. */
import { PgBoss as Boss12 } from 'pg-boss';
import Boss10 from 'pg-boss-10';
import Boss11 from 'pg-boss-11';

export interface SendOptions {
  readonly startAfter?: Date | number;
  readonly priority?: number;
  readonly retryLimit?: number;
  readonly retryDelay?: number;
  readonly retryBackoff?: boolean;
  readonly singletonKey?: string;
  readonly singletonSeconds?: number;
  readonly expireInSeconds?: number;
}

export interface QueueOptions {
  readonly policy?: 'standard' | 'short' | 'singleton' | 'stately';
  readonly deadLetter?: string;
  readonly partition?: boolean;
}

/** What one of its jobs is. */
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
  fetch(name: string): Promise<readonly { readonly id: string }[]>;
  work(
    name: string,
    options: { readonly pollingIntervalSeconds: number; readonly batchSize: number },
    handler: () => Promise<void>,
  ): Promise<unknown>;
  complete(name: string, id: string): Promise<unknown>;
  fail(name: string, id: string): Promise<unknown>;
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
  getDb(): { executeSql(text: string, values: unknown[]): Promise<{ readonly rows: readonly unknown[] }> };
}

export interface BossOptions {
  readonly connectionString: string;
  readonly schema?: string;
  readonly max?: number;
  readonly db?: { executeSql(text: string, values?: unknown[]): Promise<{ rows: unknown[] }> };
}

/** Nothing that it does by itself: tests say when. */
const QUIET = { supervise: false, schedule: false, migrate: true };

export const MAJORS = [10, 11, 12] as const;

export function newBoss(major: (typeof MAJORS)[number], options: BossOptions): Boss {
  const quiet = { ...QUIET, ...options };
  const boss: Boss = major === 12 ? new Boss12(quiet) : major === 11 ? new Boss11(quiet) : new Boss10(quiet);
  // While the server is away, which the tests see to.
  boss.on('error', () => undefined);
  return boss;
}
