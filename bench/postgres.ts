/** pg-boss and graphile-worker on a PostgreSQL. */
import { makeWorkerUtils } from 'graphile-worker';
import type { Proc } from 'nestjs-hirefire';
import { GraphileWorkerProc } from 'nestjs-hirefire/graphile-worker';
import { PgBossProc } from 'nestjs-hirefire/pg-boss';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { PostgresServer } from '../tools/postgres-server.js';
import { NAMES, type Backend, type Store } from './polls.js';

/** Its selects are about the queue `asked.name`. */
interface PostgresLibrary {
  /** Selects `at`, when a job became ready, of the oldest ready jobs. */
  ready(most: number): string;
  /** Selects the active jobs. */
  readonly active: string;
  /** Inserts $2 jobs that became ready an hour ago into the queue $1. */
  readonly insert: string;
  /** The index that its page in docs/ recommends. */
  readonly index?: string;
  open(url: string): Promise<OpenLibrary>;
}

interface OpenLibrary {
  readonly proc: Proc;
  readonly createQueue: (name: string) => Promise<unknown>;
  /** The library's API. */
  readonly size?: (name: string) => Promise<number>;
  readonly stop: () => Promise<unknown>;
}

const MAX_COUNT = 100_000;
const TASK = '(select id from graphile_worker._private_tasks where identifier = asked.name)';

const PG_BOSS: PostgresLibrary = {
  ready: (most) =>
    ['created', 'retry']
      .map(
        (state) =>
          `(select start_after as at from pgboss.job where name = asked.name and state = '${state}' and not blocked
            and start_after <= now() order by start_after limit ${most})`,
      )
      .join(' union all '),
  active: `select from pgboss.job where name = asked.name and state = 'active'`,
  insert: `insert into pgboss.job (name, start_after) select $1, now() - interval '1 hour' from generate_series(1, $2)`,
  open: async (connectionString) => {
    // It does nothing by itself.
    const boss = new PgBoss({ connectionString, supervise: false, schedule: false });
    await boss.start();
    return {
      proc: new PgBossProc(boss, ...NAMES),
      createQueue: (name) => boss.createQueue(name),
      stop: () => boss.stop({ graceful: false }),
    };
  },
};

const GRAPHILE_WORKER: PostgresLibrary = {
  ready: (most) =>
    `select run_at as at from graphile_worker._private_jobs where task_id = ${TASK} and is_available
     and run_at <= now() order by run_at limit ${most}`,
  active: `select from graphile_worker._private_jobs where task_id = ${TASK} and locked_at is not null`,
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
      proc: new GraphileWorkerProc(pool, ...NAMES),
      createQueue: (name) => pool.query('insert into graphile_worker._private_tasks (identifier) values ($1)', [name]),
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
};

export const ON_POSTGRES: readonly Backend[] = [
  { name: 'pg-boss 12', backlog: 1_000_000, most: MAX_COUNT, start: () => startOnPostgres(PG_BOSS) },
  { name: 'graphile-worker 0.18', backlog: 1_000_000, most: MAX_COUNT, start: () => startOnPostgres(GRAPHILE_WORKER) },
];

async function startOnPostgres(library: PostgresLibrary): Promise<Store> {
  const server = await PostgresServer.start();
  // The floor holds a connection: no pool has to find one.
  const held = new pg.Client(server.url);
  await held.connect();
  const { createQueue, proc, size, stop } = await library.open(server.url);
  await held.query(`${library.index ?? ''}; set jit = off`);
  for (const name of NAMES) {
    await createQueue(name);
  }
  const numberOf = async (select: string, laterals: readonly string[]): Promise<number> => {
    const { rows } = await held.query<{ number: number }>(
      `select ${select} as number from unnest(array['${NAMES.join("','")}']) asked (name)
       ${laterals.map((lateral) => `cross join lateral ${lateral}`).join(' ')}`,
    );
    return rows[0]?.number ?? NaN;
  };

  return {
    add: async (index, jobs) => {
      await held.query(library.insert, [NAMES[index], jobs]);
      await held.query('vacuum analyze');
    },
    proc,
    floor: {
      size: () =>
        numberOf('sum(ready.count + active.count)::int', [
          `(select least(count(*), ${MAX_COUNT}) as count from (${library.ready(MAX_COUNT)}) jobs) ready`,
          `(select count(*) as count from (${library.active} limit ${MAX_COUNT} - ready.count) jobs) active`,
        ]),
      latency: () =>
        numberOf('extract(epoch from now() - min(oldest.at))::float8', [
          `(select min(at) as at from (${library.ready(1)}) jobs) oldest`,
        ]),
    },
    byHand: size && {
      size: async () => (await Promise.all(NAMES.map(size))).reduce((sum, one) => sum + one, 0),
    },
    stop: async () => {
      await stop();
      await held.end();
      await server.stop();
    },
  };
}
