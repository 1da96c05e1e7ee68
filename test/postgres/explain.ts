/** `npm run test:explain`: with a million jobs waiting and a million done, every version is read by its indexes only. */
import assert from 'node:assert/strict';
import pg from 'pg';
import { HireFireProc, type QueueProc } from '../../lib/index.js';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import { PgBossProc } from '../../lib/pg-boss/index.js';
import { makeUtils, VERSIONS } from '../graphile-worker/graphile.js';
import { newBoss, VERSIONS as BOSS_VERSIONS } from '../pg-boss/boss.js';
import { TestDatabase } from '../support/postgres.js';

const JOBS = 1_000_000;

@HireFireProc('boss')
class BossProc extends PgBossProc {}

@HireFireProc('graphile')
class GraphileProc extends GraphileWorkerProc {}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Actual Loops': number;
  readonly Plans?: readonly Plan[];
}

/** The nodes of a plan that read something large in another way than by an index. */
function unindexed(plan: Plan): readonly string[] {
  const { 'Node Type': type, 'Relation Name': relation = '', 'Actual Loops': loops, Plans: plans = [] } = plan;
  const isLarge = !/^(?:queue|version|migrations|_private_tasks)$/.test(relation);
  const isUnindexed = /^(?:Seq Scan|Bitmap Heap Scan|Tid Scan)$/.test(type) && isLarge && loops > 0;
  return [...(isUnindexed ? [`${type} on ${relation}`] : []), ...plans.flatMap(unindexed)];
}

/** How PostgreSQL reads what a proc asks, and how long it takes. */
async function explain(
  what: string,
  pool: pg.Pool,
  proc: (send: (sql: string) => Promise<unknown>) => QueueProc<string>,
) {
  for (const metric of ['quantity', 'latency'] as const) {
    let asked = '';
    const ms = async (): Promise<number> => {
      const begin = performance.now();
      await proc((sql) => pool.query((asked = sql)))[metric]();
      return performance.now() - begin;
    };
    await ms();
    const took = Math.min(await ms(), await ms(), await ms());
    const [settings = '', select = ''] = asked.split(/; (?=select |with )/);
    const results = (await pool.query(`${settings}; explain (analyze, format json) ${select}`)) as unknown;
    const { rows } = (results as pg.QueryResult<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>[]).at(-1) ?? {};
    const plan = rows?.[0]?.['QUERY PLAN'][0]?.Plan;
    assert(plan, 'there is no plan');
    console.log(`${what}, ${metric}: ${took.toFixed(1)} ms`);
    assert.deepEqual(unindexed(plan), [], `${what}, ${metric}`);
  }
}

try {
  for (const version of BOSS_VERSIONS) {
    const database = await TestDatabase.create();
    const boss = newBoss(version, { connectionString: database.url });
    await boss.start();
    for (const queue of ['waiting', 'done']) {
      await boss.createQueue(queue);
    }
    const pool = new pg.Pool({ connectionString: database.url });
    await pool.query(`insert into pgboss.job (name, start_after)
      select 'waiting', now() - i % 1000 * interval '1 s' from generate_series(1, ${JOBS}) i`);
    await pool.query(`insert into pgboss.job (name, state, completed_on)
      select 'done', (case when i > 10 then 'completed' else 'active' end)::pgboss.job_state, now()
      from generate_series(1, ${JOBS}) i`);
    await pool.query('vacuum analyze');
    const over =
      (...queues: string[]) =>
      (send: (sql: string) => Promise<unknown>) =>
        new BossProc({ getDb: () => ({ executeSql: send }) }, { schema: 'pgboss' }, ...queues);
    await explain(`pg-boss ${version}, a million waiting`, pool, over('waiting'));
    if (version !== 12) {
      // docs/pg-boss.md recommends this, because none of its indexes holds active jobs.
      await pool.query(`create index on pgboss.job (name) where state = 'active'`);
    }
    await explain(`pg-boss ${version}, a million waiting and a million done`, pool, over('waiting', 'done'));
    await boss.stop({ graceful: false });
    await pool.end();
  }
  for (const version of VERSIONS) {
    const database = await TestDatabase.create();
    const pool = new pg.Pool({ connectionString: database.url });
    pool.on('connect', (client) => client.on('error', () => undefined));
    pool.on('error', () => undefined);
    const utils = await makeUtils(version, pool);
    await utils.migrate();
    await utils.addJob('other', {});
    await utils.addJob('waiting', {});
    await pool.query(`insert into graphile_worker._private_jobs (task_id, run_at)
      select id, now() - i % 1000 * interval '1 s' from graphile_worker._private_tasks, generate_series(1, ${JOBS}) i
      where identifier = 'waiting'`);
    await pool.query('vacuum analyze');
    const over =
      (...tasks: string[]) =>
      (send: (sql: string) => Promise<unknown>) =>
        new GraphileProc({ query: send }, ...tasks);
    await explain(`graphile-worker ${version}, a million waiting`, pool, over('waiting'));
    // As docs/graphile-worker.md recommends.
    await pool.query(`create index on graphile_worker._private_jobs (task_id, run_at) where is_available`);
    await pool.query(`create index on graphile_worker._private_jobs (task_id) where locked_at is not null`);
    await explain(`graphile-worker ${version}, with both indexes`, pool, over('waiting', 'other'));
    await utils.release();
    await pool.end();
  }
  console.log('All of them are read by their indexes.');
} finally {
  await TestDatabase.closeAll();
}
