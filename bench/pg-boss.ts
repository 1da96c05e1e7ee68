/** A PostgreSQL with queues of pg-boss. */
import { PgBossProc } from 'nestjs-hirefire/pg-boss';
import { PgBoss } from 'pg-boss';
import pg from 'pg';
import { PostgresServer } from '../tools/postgres-server.js';
import type { Store } from './backends.js';

const AN_HOUR = 3_600_000;
const JOBS_PER_CALL = 10_000;
const MAX_COUNT = 100_000;

export async function startOnPgBoss(count: number): Promise<Store> {
  const server = await PostgresServer.start();
  const boss = new PgBoss({ connectionString: server.url, supervise: false, schedule: false });
  await boss.start();
  // One connection, held: what is measured against has nothing to look for.
  const held = new pg.Client(server.url);
  await held.connect();
  const names = Array.from({ length: count }, (_, index) => `bench-${index}`);
  for (const name of names) {
    await boss.createQueue(name);
  }
  const numberOf = async (sql: string): Promise<number> => {
    const { rows } = await held.query<{ number: number }>(sql);
    return rows[0]?.number ?? NaN;
  };
  const named = (wanted: number): string => `unnest(array['${names.slice(0, wanted).join("','")}']) asked (name)`;
  const ready = (state: string, most: number): string =>
    `(select start_after from pgboss.job where name = asked.name and state = '${state}' and not blocked
      and start_after <= now() order by start_after limit ${most})`;

  return {
    add: async (place, jobs) => {
      const job = { data: { file: 'typescript.js' }, startAfter: new Date(Date.now() - AN_HOUR) };
      for (let left = jobs; left > 0; left -= JOBS_PER_CALL) {
        await boss.insert(names[place] ?? '', Array<typeof job>(Math.min(left, JOBS_PER_CALL)).fill(job));
      }
      await held.query('vacuum analyze pgboss.job');
    },
    proc: (wanted) => new PgBossProc(boss, ...names.slice(0, wanted)),
    most: MAX_COUNT,
    floor: {
      size: (wanted) =>
        numberOf(`select sum(ready.count + active.count)::int as number from ${named(wanted)}
          cross join lateral (select least(count(*), ${MAX_COUNT}) as count from (
            ${ready('created', MAX_COUNT)} union all ${ready('retry', MAX_COUNT)}) jobs) ready
          cross join lateral (select count(*) as count from (
            select from pgboss.job where name = asked.name and state = 'active' limit ${MAX_COUNT} - ready.count) jobs) active`),
      latency: (wanted) =>
        numberOf(`select extract(epoch from now() - min(oldest.at))::float8 as number from ${named(wanted)}
          cross join lateral (select min(start_after) as at from (
            ${ready('created', 1)} union all ${ready('retry', 1)}) jobs) oldest`),
    },
    stop: async () => {
      await boss.stop({ graceful: false });
      await held.end();
      await server.stop();
    },
  };
}
