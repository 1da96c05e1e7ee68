import { beforeAll } from '@jest/globals';
import type { INestApplication, ModuleMetadata, OnModuleDestroy } from '@nestjs/common';
import { setTimeout } from 'node:timers/promises';
import { PgBossProc } from '../../lib/pg-boss/index.js';
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
import { newBoss, type Boss, type BossJob, type SendOptions, type Version } from './boss.js';

/** A queue of pg-boss is only a name; this is what the contract's procs are made of. */
export interface BossQueue {
  readonly boss: Boss;
  readonly name: string;
}

class QueuesProc extends PgBossProc {
  constructor(...queues: readonly BossQueue[]) {
    super(defined(queues[0]).boss, ...queues.map(({ name }) => name));
  }
}

/** So that a job that became ready at this very instant is fetched: pg-boss 10 and 11 take older ones only. */
const MICROSECOND = 0.001;

class BossTestQueue implements TestQueue<BossQueue> {
  readonly repeat = UNABLE.repeat;
  readonly pause = UNABLE.pause;
  readonly resume = UNABLE.resume;
  readonly moveDueJobs = UNABLE.moveDueJobs;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;
  readonly #ids: string[] = [];

  constructor(
    readonly queue: BossQueue,
    private readonly database: TestDatabase | undefined,
    private readonly made: Promise<unknown>,
  ) {}

  get name(): string {
    return this.queue.name;
  }

  async add({ delay, priority, attempts = 1 }: JobOptions = {}): Promise<TestJob> {
    const now = this.database?.now ?? Date.now();
    return this.#testJob(
      await this.send({
        retryLimit: attempts - 1,
        retryDelay: 0,
        ...(priority === undefined ? {} : { priority: -priority }),
        ...(delay === undefined ? {} : { startAfter: new Date(now + delay) }),
      }),
    );
  }

  async send(options: SendOptions): Promise<string> {
    await this.made;
    const id = await this.queue.boss.send(this.name, {}, options);
    if (id === null) {
      throw new Error('pg-boss did not take the job');
    }
    this.#ids.push(id);
    return id;
  }

  async addMany(count: number, options: JobOptions | ((index: number) => JobOptions) = {}): Promise<void> {
    for (let index = 0; index < count; index++) {
      await this.add(typeof options === 'function' ? options(index) : options);
    }
  }

  async take(): Promise<TakenJob | undefined> {
    const { boss, name } = this.queue;
    await this.database?.pass(MICROSECOND);
    const [job] = await boss.fetch(name);
    await this.database?.pass(-MICROSECOND);
    return (
      job && {
        complete: () => boss.complete(name, job.id),
        fail: () => boss.fail(name, job.id),
        stall: async () => undefined,
      }
    );
  }

  async expected(): Promise<Expected> {
    const now = this.database?.now ?? NaN;
    const jobs = await this.#jobs();
    const ready = jobs.filter(
      ({ state, startAfter, blocked = false }) =>
        (state === 'created' || state === 'retry') && startAfter.getTime() <= now && !blocked,
    );
    const oldest = Math.min(...ready.map(({ startAfter }) => startAfter.getTime()));
    return {
      size: ready.length + jobs.filter(({ state }) => state === 'active').length,
      sizeWithoutActive: ready.length,
      latency: ready.length === 0 ? 0 : Math.max(now - oldest, 1) / 1000,
    };
  }

  async jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly TestJob[]> {
    const now = this.database?.now ?? NaN;
    return (await this.#jobs())
      .filter((job) => {
        const isQueued = job.state === 'created' || job.state === 'retry';
        const type = isQueued ? (job.startAfter.getTime() <= now ? 'waiting' : 'delayed') : job.state;
        return type === state;
      })
      .map(({ id }) => this.#testJob(id));
  }

  async retryAll(): Promise<void> {
    for (const job of await this.jobs('failed')) {
      await job.retry();
    }
  }

  async empty(): Promise<void> {
    await this.made;
    this.#ids.length = 0;
    const { boss, name } = this.queue;
    await boss.getDb().executeSql('delete from pgboss.job where name = $1', [name]);
  }

  async release(): Promise<void> {
    // Nothing was opened.
  }

  /** By the library's own API, which can only be asked for one at a time before pg-boss 12. */
  async #jobs(): Promise<readonly BossJob[]> {
    const { boss, name } = this.queue;
    const found = await (boss.findJobs?.(name) ?? Promise.all(this.#ids.map((id) => boss.getJobById(name, id))));
    return found.filter((job) => job !== null);
  }

  #testJob(id: string): TestJob {
    const { boss, name } = this.queue;
    return {
      promote: UNABLE.promote,
      remove: () => boss.deleteJob(name, id),
      retry: () => boss.retry(name, id),
    };
  }
}

/** A pg-boss of an app, which ends with it. */
class AppBoss implements OnModuleDestroy {
  constructor(readonly boss: Boss) {}

  async onModuleDestroy(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }
}

/** The part of pg-boss's own pool that the tests look at. */
interface Pool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  once(event: 'error', listener: () => void): unknown;
}

export function poolOf(boss: Boss): Pool {
  return (boss.getDb() as unknown as { readonly pool: Pool }).pool;
}

export class PgBossDriver implements JobsDriver<BossQueue, PostgresBroker> {
  readonly library: string;
  readonly proc = QueuesProc;
  readonly abilities: readonly Ability[] = [
    ...(['latency', 'active', 'priority', 'delay', 'attempts', 'remove', 'retry'] as const),
    ...(['stopped clock', 'durable'] as const),
  ];
  readonly worker = [];
  readonly sequences: number;
  readonly down = /^(?:PostgreSQL can not be reached|the connection to PostgreSQL was lost)/;
  #database: TestDatabase | undefined;
  #boss: Boss | undefined;
  #opened = 0;
  #made: Promise<unknown> = Promise.resolve();

  constructor(readonly version: Version) {
    this.library = `pg-boss ${version}`;
    // Those of the older ones take more round trips, and differ from the newest in little.
    this.sequences = Math.ceil(SEQUENCES / (version === 12 ? 1.5 : 7.5));
  }

  readonly growth = (): number => 1;

  get database(): TestDatabase {
    return defined(this.#database);
  }

  get boss(): Boss {
    return defined(this.#boss);
  }

  clock(): Clock {
    beforeAll(async () => {
      if (!this.#database) {
        this.#database = await TestDatabase.createStopped();
        this.#boss = newBoss(this.version, { connectionString: this.#database.url });
        await this.#boss.start();
      }
    });
    return { pass: (ms) => this.database.pass(ms) };
  }

  open(): BossTestQueue {
    const name = `queue-${(this.#opened += 1)}`;
    this.#made = this.#made.then(() => this.boss.createQueue(name));
    return new BossTestQueue({ boss: this.boss, name }, this.database, this.#made);
  }

  of(queue: BossQueue): BossTestQueue {
    return new BossTestQueue(queue, queue.boss === this.#boss ? this.database : undefined, Promise.resolve());
  }

  async close(): Promise<void> {
    await this.#boss?.stop({ graceful: false });
  }

  reserveBroker(): Promise<PostgresBroker> {
    return PostgresBroker.reserve();
  }

  app({ url }: PostgresBroker, ...names: string[]): ModuleMetadata {
    const boss = {
      provide: AppBoss,
      useFactory: async () => {
        const started = newBoss(this.version, { connectionString: url });
        await started.start();
        // One after the other: pg-boss 10 makes a table for each, and two at once can be a deadlock.
        for (const name of names) {
          await started.createQueue(name);
        }
        return new AppBoss(started);
      },
    };
    return {
      providers: [
        boss,
        ...names.map((name) => ({
          provide: name,
          inject: [AppBoss],
          useFactory: (app: AppBoss): BossQueue => ({ boss: app.boss, name }),
        })),
      ],
    };
  }

  token(name: string): string {
    return name;
  }

  linkOf(app: INestApplication): Link {
    const { boss } = app.get(AppBoss);
    const pool = poolOf(boss);
    const pending = (): number => pool.waitingCount + pool.totalCount - pool.idleCount;
    return {
      untilLost: async () => {
        if (pool.idleCount > 0) {
          await new Promise<void>((resolve) => pool.once('error', () => resolve()));
        }
      },
      untilReady: async () => {
        while (
          !(await boss
            .getDb()
            .executeSql('select', [])
            .then(Boolean, () => false)) ||
          pending() > 0
        ) {
          await setTimeout(10);
        }
      },
      get pending() {
        return pending();
      },
    };
  }
}
