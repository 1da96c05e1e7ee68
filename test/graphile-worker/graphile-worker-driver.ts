import { beforeAll } from '@jest/globals';
import type { INestApplication, ModuleMetadata, OnModuleDestroy } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import {
  UNABLE,
  type Ability,
  type Expected,
  type JobOptions,
  type JobsDriver,
  type Link,
  type TakenJob,
  type TestJob,
  type TestQueue,
} from '../contract/jobs/driver.js';
import { SEQUENCES } from '../contract/jobs/property.js';
import type { Clock } from '../support/clock.js';
import { defined } from '../support/defined.js';
import { PostgresBroker, TestDatabase } from '../support/postgres.js';
import { makeUtils, type TaskSpec, type Utils, type Version } from './graphile.js';

/** A task of graphile-worker is only a name; this is what the contract's procs are made of. */
export interface GraphileTask {
  readonly pool: pg.Pool;
  /** Those that add jobs; they need a server when they are made. */
  readonly utils: () => Promise<Utils>;
  readonly name: string;
}

class TasksProc extends GraphileWorkerProc {
  constructor(...tasks: readonly GraphileTask[]) {
    super(defined(tasks[0]).pool, ...tasks.map(({ name }) => name));
  }
}

/** As the library's own view shows it. */
interface JobRow {
  readonly id: string;
  /** Since the epoch: its back-off has microseconds. */
  readonly ready_at: number;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly locked_at: Date | null;
  readonly is_due: boolean;
}

const JOBS = 'graphile_worker._private_jobs';

class GraphileTestQueue implements TestQueue<GraphileTask> {
  readonly repeat = UNABLE.repeat;
  readonly pause = UNABLE.pause;
  readonly resume = UNABLE.resume;
  readonly moveDueJobs = UNABLE.moveDueJobs;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;

  constructor(
    readonly queue: GraphileTask,
    private readonly database: TestDatabase | undefined,
  ) {}

  get name(): string {
    return this.queue.name;
  }

  async add({ delay, priority, attempts = 1 }: JobOptions = {}): Promise<TestJob> {
    const now = this.database?.now ?? Date.now();
    const { id } = await this.addJob({
      maxAttempts: attempts,
      ...(priority === undefined ? {} : { priority }),
      ...(delay === undefined ? {} : { runAt: new Date(now + delay) }),
    });
    return this.#testJob(id);
  }

  async addJob(spec: TaskSpec): Promise<{ readonly id: string }> {
    return (await this.queue.utils()).addJob(this.name, {}, spec);
  }

  async addMany(count: number, options: JobOptions | ((index: number) => JobOptions) = {}): Promise<void> {
    for (let index = 0; index < count; index++) {
      await this.add(typeof options === 'function' ? options(index) : options);
    }
  }

  /** Takes a job with the SQL of the library's workers, which offer no API to hold one. */
  async take(): Promise<TakenJob | undefined> {
    const { pool } = this.queue;
    const { rows } = await pool.query<{ id: string }>(
      `update ${JOBS} set attempts = attempts + 1, locked_by = 'a test', locked_at = now() where id = (
         select id from ${JOBS} where is_available = true and run_at <= now()
           and task_id = (select id from graphile_worker._private_tasks where identifier = $1)
           order by priority, run_at limit 1 for update skip locked
       ) returning id`,
      [this.name],
    );
    const [job] = rows;
    return (
      job && {
        complete: () => pool.query(`delete from ${JOBS} where id = $1`, [job.id]),
        fail: () =>
          pool.query(
            `update ${JOBS} set last_error = 'failed', run_at = greatest(now(), run_at) + ` +
              `exp(least(attempts, 10)) * interval '1 second', locked_by = null, locked_at = null where id = $1`,
            [job.id],
          ),
        stall: async () => undefined,
      }
    );
  }

  async expected(): Promise<Expected> {
    const now = this.database?.now ?? NaN;
    const jobs = await this.#jobs();
    const ready = jobs.filter((job) => stateOf(job) === 'waiting');
    const oldest = Math.min(...ready.map(({ ready_at }) => ready_at));
    return {
      size: ready.length + jobs.filter((job) => stateOf(job) === 'active').length,
      sizeWithoutActive: ready.length,
      latency: ready.length === 0 ? 0 : Math.max(now * 1_000 - oldest, 1_000) / 1e6,
    };
  }

  async jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly TestJob[]> {
    return (await this.#jobs()).filter((job) => stateOf(job) === state).map(({ id }) => this.#testJob(id));
  }

  async retryAll(): Promise<void> {
    for (const job of await this.jobs('failed')) {
      await job.retry();
    }
  }

  async empty(): Promise<void> {
    await this.queue.pool.query(`delete from ${JOBS}`);
    // Its row comes with the first job; one without jobs is warned of.
    await this.queue.pool.query(
      'insert into graphile_worker._private_tasks (identifier) values ($1) on conflict do nothing',
      [this.name],
    );
  }

  async release(): Promise<void> {
    // Nothing was opened.
  }

  async #jobs(): Promise<readonly JobRow[]> {
    const { rows } = await this.queue.pool.query<JobRow>(
      `select id, (extract(epoch from run_at) * 1000000)::float8 as ready_at, run_at <= now() as is_due,
         attempts, max_attempts, locked_at
       from graphile_worker.jobs where task_identifier = $1`,
      [this.name],
    );
    return rows;
  }

  #testJob(id: string): TestJob {
    const { utils } = this.queue;
    const runAt = new Date(this.database?.now ?? Date.now());
    return {
      promote: async () => (await utils()).rescheduleJobs([id], { runAt }),
      remove: async () => (await utils()).completeJobs([id]),
      retry: async () => (await utils()).rescheduleJobs([id], { attempts: 1, maxAttempts: 2 }),
    };
  }
}

function stateOf(job: JobRow): 'active' | 'failed' | 'waiting' | 'delayed' {
  if (job.locked_at) {
    return 'active';
  }
  if (job.attempts >= job.max_attempts) {
    return 'failed';
  }
  return job.is_due ? 'waiting' : 'delayed';
}

/** The pool of an app, which ends with it. */
class AppPool implements OnModuleDestroy {
  #utils: Utils | undefined;

  constructor(
    private readonly version: Version,
    readonly pool: pg.Pool,
  ) {}

  /** With the schema that they work on. */
  readonly utils = async (): Promise<Utils> => {
    if (!this.#utils) {
      const utils = await makeUtils(this.version, this.pool);
      await utils.migrate();
      this.#utils = utils;
    }
    return this.#utils;
  };

  async onModuleDestroy(): Promise<void> {
    await this.#utils?.release();
    await this.pool.end();
  }
}

export class GraphileWorkerDriver implements JobsDriver<GraphileTask, PostgresBroker> {
  readonly library: string;
  readonly proc = TasksProc;
  readonly abilities: readonly Ability[] = [
    ...(['latency', 'active', 'priority', 'delay', 'remove', 'promote', 'retry'] as const),
    ...(['stopped clock', 'durable', 'starts without broker'] as const),
  ];
  readonly worker = [];
  readonly sequences: number;
  readonly down = /^(?:PostgreSQL can not be reached|the connection to PostgreSQL was lost)/;
  #database: TestDatabase | undefined;
  #pool: AppPool | undefined;
  #opened = 0;

  constructor(readonly version: Version) {
    this.library = `graphile-worker ${version}`;
    // The schemas of these versions differ in little.
    this.sequences = Math.ceil(SEQUENCES / (version === '0.18' ? 1.5 : 7.5));
  }

  readonly growth = (): number => 1;

  get database(): TestDatabase {
    return defined(this.#database);
  }

  get pool(): pg.Pool {
    return defined(this.#pool).pool;
  }

  utils(): Promise<Utils> {
    return defined(this.#pool).utils();
  }

  clock(): Clock {
    beforeAll(async () => {
      if (!this.#database) {
        this.#database = await TestDatabase.createStopped();
        this.#pool = new AppPool(this.version, newPool(this.#database.url));
        await this.#pool.utils();
      }
    });
    return { pass: (ms) => this.database.pass(ms) };
  }

  open(): GraphileTestQueue {
    const name = `task-${(this.#opened += 1)}`;
    const { pool, utils } = defined(this.#pool);
    return new GraphileTestQueue({ pool, utils, name }, this.database);
  }

  of(queue: GraphileTask): GraphileTestQueue {
    return new GraphileTestQueue(queue, queue.pool === this.#pool?.pool ? this.database : undefined);
  }

  async close(): Promise<void> {
    await this.#pool?.onModuleDestroy();
  }

  reserveBroker(): Promise<PostgresBroker> {
    return PostgresBroker.reserve();
  }

  app({ url }: PostgresBroker, ...names: string[]): ModuleMetadata {
    const pool = {
      provide: AppPool,
      useFactory: async () => {
        const made = new AppPool(this.version, newPool(url));
        // The app starts even while the server is down.
        await made.utils().catch(() => undefined);
        return made;
      },
    };
    return {
      providers: [
        pool,
        ...names.map((name) => ({
          provide: name,
          inject: [AppPool],
          useFactory: ({ pool, utils }: AppPool): GraphileTask => ({ pool, utils, name }),
        })),
      ],
    };
  }

  token(name: string): string {
    return name;
  }

  linkOf(app: INestApplication): Link {
    const { pool, utils } = app.get(AppPool);
    const pending = (): number => pool.waitingCount + pool.totalCount - pool.idleCount;
    const isUp = async (): Promise<boolean> => {
      try {
        await utils();
        await pool.query('select');
        return true;
      } catch {
        return false;
      }
    };
    return {
      untilLost: async () => {
        if (pool.idleCount > 0) {
          await new Promise<void>((resolve) => pool.once('error', () => resolve()));
        }
      },
      untilReady: async () => {
        while (!(await isUp()) || pending() > 0) {
          await setTimeout(10);
        }
      },
      get pending() {
        return pending();
      },
    };
  }
}

function newPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString });
  // While the server is away, which the tests see to.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}
