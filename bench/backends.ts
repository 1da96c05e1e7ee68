/** The backends whose polls are measured: another one is another entry of the table. */
import { Queue } from 'bullmq';
import Bull from 'bull';
import { makeWorkerUtils } from 'graphile-worker';
import type { Metric, Proc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';
import { BullMQProc } from 'nestjs-hirefire/bullmq';
import { GraphileWorkerProc } from 'nestjs-hirefire/graphile-worker';
import { PgBossProc } from 'nestjs-hirefire/pg-boss';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import PgBoss11 from 'pg-boss-11';
import { judoscale } from './judoscale/judoscale.js';
import { startOnPostgres, type OpenLibrary } from './postgres.js';
import { startOnRedis } from './redis.js';

/** Ways to read the first so many queues of a store; the latency in seconds. */
export type Reads = Readonly<Partial<Record<Metric, (queues: number) => Promise<number>>>>;

/** A store of its own with queues in it, opened as an app does. */
export interface Store {
  /** Adds jobs to the queue with that index, as the library does; nobody takes them. */
  add(queue: number, jobs: number): Promise<unknown>;
  /** How many jobs are counted of a queue at most, where that is not all of them. */
  readonly most?: number;
  /** A proc over the first so many queues. */
  proc(queues: number): Proc;
  /** The least that the store can be asked: bare commands or one statement, over one connection. */
  readonly floor: Reads;
  /** The library's own API. */
  readonly byHand?: Reads;
  /** Other packages, by name. */
  readonly peers?: Readonly<Record<string, Reads>> | undefined;
  stop(): Promise<unknown>;
}

export interface Backend {
  readonly name: string;
  /** How many jobs make a large backlog. */
  readonly backlog: number;
  /** @param queues - how many, all of them empty */
  start(queues: number): Promise<Store>;
}

/** A pg-boss that does nothing by itself. */
const QUIET = { supervise: false, schedule: false };

async function openBoss(boss: PgBoss | PgBoss11): Promise<OpenLibrary> {
  await boss.start();
  return {
    createQueue: (name) => boss.createQueue(name),
    proc: (names) => new PgBossProc(boss, ...names),
    stop: () => boss.stop({ graceful: false }),
  };
}

const BOSS_ACTIVE = `select from pgboss.job where name = asked.name and state = 'active'`;
const BOSS_INSERT = `insert into pgboss.job (name, start_after) select $1, now() - interval '1 hour' from generate_series(1, $2)`;
const GRAPHILE_TASK = '(select id from graphile_worker._private_tasks where identifier = asked.name)';

export const BACKENDS: readonly Backend[] = [
  {
    name: 'Bull 4',
    backlog: 100_000,
    start: (queues) =>
      startOnRedis<Bull.Queue>(queues, {
        open: (name, port) => new Bull(name, { redis: { port } }),
        proc: (all) => new BullProc(...all),
        askPaused: (pipeline, queue) => pipeline.exists(queue.toKey('meta-paused')),
        sets: [],
        oldest: (queue) => queue.getJobs(['waiting', 'delayed'], 0, 0, true),
      }),
  },
  {
    name: 'BullMQ 6',
    backlog: 100_000,
    start: (queues) =>
      startOnRedis<Queue>(queues, {
        open: (name, port) => new Queue(name, { connection: { port } }),
        proc: (all) => new BullMQProc(...all),
        askPaused: (pipeline, queue) => pipeline.hexists(queue.toKey('meta'), 'paused'),
        sets: ['prioritized'],
        oldest: (queue) => queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, 0, true),
        peers: (port, names) => ({ 'judoscale-bullmq': { size: judoscale(port, names) } }),
      }),
  },
  {
    name: 'pg-boss 11',
    backlog: 1_000_000,
    start: (queues) =>
      startOnPostgres(queues, {
        ready: (most) =>
          `select start_after as at from pgboss.job where name = asked.name and state < 'active'
           and start_after <= now() order by start_after limit ${most}`,
        active: BOSS_ACTIVE,
        // What docs/pg-boss.md recommends.
        index: `create index on pgboss.job (name) where state = 'active'`,
        insert: BOSS_INSERT,
        open: async (connectionString) => {
          const boss = new PgBoss11({ connectionString, ...QUIET });
          const size = async (name: string) => {
            const { queuedCount, activeCount } = await boss.getQueueStats(name);
            return queuedCount + activeCount;
          };
          return { ...(await openBoss(boss)), size };
        },
      }),
  },
  {
    name: 'pg-boss 12',
    backlog: 1_000_000,
    start: (queues) =>
      startOnPostgres(queues, {
        ready: (most) =>
          ['created', 'retry']
            .map(
              (state) =>
                `(select start_after as at from pgboss.job where name = asked.name and state = '${state}' and not blocked
                  and start_after <= now() order by start_after limit ${most})`,
            )
            .join(' union all '),
        active: BOSS_ACTIVE,
        insert: BOSS_INSERT,
        open: (connectionString) => openBoss(new PgBoss({ connectionString, ...QUIET })),
      }),
  },
  {
    name: 'graphile-worker 0.18',
    backlog: 1_000_000,
    start: (queues) =>
      startOnPostgres(queues, {
        ready: (most) =>
          `select run_at as at from graphile_worker._private_jobs where task_id = ${GRAPHILE_TASK} and is_available
           and run_at <= now() order by run_at limit ${most}`,
        active: `select from graphile_worker._private_jobs where task_id = ${GRAPHILE_TASK} and locked_at is not null`,
        // What docs/graphile-worker.md recommends.
        index: `create index on graphile_worker._private_jobs (task_id, run_at) where is_available;
          create index on graphile_worker._private_jobs (task_id) where locked_at is not null`,
        insert: `insert into graphile_worker._private_jobs (task_id, run_at)
          select id, now() - interval '1 hour' from graphile_worker._private_tasks, generate_series(1, $2)
          where identifier = $1`,
        open: async (connectionString) => {
          const pool = new pg.Pool({ connectionString });
          const utils = await makeWorkerUtils({ pgPool: pool });
          await utils.migrate();
          return {
            createQueue: (name) =>
              pool.query('insert into graphile_worker._private_tasks (identifier) values ($1)', [name]),
            proc: (names) => new GraphileWorkerProc(pool, ...names),
            // It has no count; this is its public view.
            size: async (name) => {
              const { rows } = await pool.query<{ count: number }>(
                `select count(*)::int as count from graphile_worker.jobs
                 where task_identifier = $1 and (locked_at is not null or attempts < max_attempts and run_at <= now())`,
                [name],
              );
              return rows[0]?.count ?? NaN;
            },
            stop: async () => {
              await utils.release();
              await pool.end();
            },
          };
        },
      }),
  },
];
