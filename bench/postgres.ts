/** A PostgreSQL with queues of pg-boss or graphile-worker. */
import type { Proc } from 'nestjs-hirefire';
import pg from 'pg';
import { PostgresServer } from '../tools/postgres-server.js';
import type { Reads, Store } from './backends.js';

/** Its selects are about the queue `asked.name`. */
interface PostgresLibrary {
  /** Selects `at`, when a job became ready, of so many ready jobs, the oldest ones. */
  ready(most: number): string;
  /** Selects the jobs that are being worked on. */
  readonly active: string;
  /** Inserts $2 jobs that became ready an hour ago into the queue $1. */
  readonly insert: string;
  /** What its docs page here recommends. */
  readonly index?: string;
  open(url: string): Promise<OpenLibrary>;
}

export interface OpenLibrary {
  readonly createQueue: (name: string) => Promise<unknown>;
  readonly proc: (names: readonly string[]) => Proc;
  /** The library's own API. */
  readonly size?: (name: string) => Promise<number>;
  readonly stop: () => Promise<unknown>;
}

const MAX_COUNT = 100_000;

export async function startOnPostgres(count: number, library: PostgresLibrary): Promise<Store> {
  const server = await PostgresServer.start();
  // One connection, held: what is measured against has nothing to look for.
  const held = new pg.Client(server.url);
  await held.connect();
  const { createQueue, proc, size, stop } = await library.open(server.url);
  await held.query(`${library.index ?? ''}; set jit = off`);
  const names = Array.from({ length: count }, (_, index) => `bench-${index}`);
  for (const name of names) {
    await createQueue(name);
  }
  const numberOf = async (sql: string): Promise<number> => {
    const { rows } = await held.query<{ number: number }>(sql);
    return rows[0]?.number ?? NaN;
  };
  const asked = (wanted: number): string => `unnest(array['${names.slice(0, wanted).join("','")}']) asked (name)`;
  const byHand: Reads | undefined = size && {
    size: async (wanted) => (await Promise.all(names.slice(0, wanted).map(size))).reduce((sum, one) => sum + one, 0),
  };

  return {
    add: async (place, jobs) => {
      await held.query(library.insert, [names[place], jobs]);
      await held.query('vacuum analyze');
    },
    proc: (wanted) => proc(names.slice(0, wanted)),
    most: MAX_COUNT,
    floor: {
      size: (wanted) =>
        numberOf(`select sum(ready.count + active.count)::int as number from ${asked(wanted)}
          cross join lateral (select least(count(*), ${MAX_COUNT}) as count from (${library.ready(MAX_COUNT)}) jobs) ready
          cross join lateral (select count(*) as count from (${library.active} limit ${MAX_COUNT} - ready.count) jobs) active`),
      latency: (wanted) =>
        numberOf(`select extract(epoch from now() - min(oldest.at))::float8 as number from ${asked(wanted)}
          cross join lateral (select min(at) as at from (${library.ready(1)}) jobs) oldest`),
    },
    ...(byHand && { byHand }),
    stop: async () => {
      await stop();
      await held.end();
      await server.stop();
    },
  };
}
