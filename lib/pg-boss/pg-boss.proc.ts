import { HireFireConfigError } from '../hirefire.errors.js';
import { postgresBackend, schemaAndQueues, type SchemaOptions } from '../postgres/postgres-backend.js';
import { BackendProc } from '../procs/backend-proc.js';
import type { PostgresPool } from '../postgres/postgres-source.js';
import { identifier } from '../postgres/sql.js';
import { PG_BOSS } from './pg-boss.sql.js';

/**
 * What of a pg-boss is used: the database that it has.
 *
 * @example
 * ```ts
 * const boss: PgBossLike = new PgBoss(process.env.DATABASE_URL);
 * ```
 *
 * @publicApi
 */
export interface PgBossLike {
  /** The database that it was given or made, the same each time: statements go where pg-boss sends its own. */
  getDb(): SqlExecutor;
}

/**
 * The database of a pg-boss.
 *
 * @example
 * ```ts
 * const db: SqlExecutor = boss.getDb();
 * ```
 *
 * @publicApi
 */
export interface SqlExecutor {
  /** Runs the statements of a text; of several, an array or the last result is what it answers. */
  executeSql(text: string, values: unknown[]): Promise<unknown>;
}

/** Where pg-boss 12 throws while it is stopped, 10 and 11 answer nothing. */
const STOPPED = 'pg-boss is not started, or was stopped';

/** The database that pg-boss makes for itself knows what pg-boss was told; one that it was given does not. */
interface OwnDb {
  readonly config?: { readonly schema?: unknown };
  /** There once pg-boss is started. */
  readonly pool?: PostgresPool;
  /** Every pg-boss that uses it listens for its errors. */
  readonly listenerCount?: (event: 'error') => number;
}

/**
 * A proc over queues of pg-boss 10, 11 or 12. One statement per poll reads the queues of all procs on the same pg-boss, on a
 * connection that it has, and nothing is written. At most 100,000 jobs are counted of each queue.
 *
 * The size is the number of created and retried jobs whose time has come, those that a policy, a singleton key or a group holds
 * back included, and of active jobs. Deferred and blocked jobs are not counted, nor are completed, cancelled and failed ones. The
 * latency is the age of the oldest job that is ready, since its `startAfter`.
 *
 * A queue that does not exist fails the poll, and so does a schema of a version that this package does not know.
 *
 * @example
 * ```ts
 * @HireFireProc('worker')
 * export class WorkerProc extends PgBossProc {
 *   constructor(@Inject(PgBoss) boss: PgBoss) {
 *     super(boss, 'mail', 'images');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class PgBossProc extends BackendProc<string> {
  /**
   * @param boss - started by the app before the first poll
   * @param queues - the names of the queues that this process works on
   * @throws HireFireConfigError without a pg-boss, without a queue, or when pg-boss does not tell its schema
   */
  constructor(boss: PgBossLike, ...queues: string[]);
  /**
   * @param boss - as above
   * @param options - the `schema`, which a pg-boss that was given a `db`, or lent its own, does not tell
   * @param queues - as above
   * @throws HireFireConfigError as above, and for an unknown option or a schema that is no name
   */
  constructor(boss: PgBossLike, options: SchemaOptions, ...queues: string[]);
  constructor(boss: PgBossLike, ...rest: (SchemaOptions | string)[]) {
    const { schema, queues } = schemaAndQueues(new.target.name, rest, `boss, 'mail'`);
    const own = ownDbOf(boss, new.target.name);
    const store = {
      library: PG_BOSS,
      schema: quoted(schema ?? schemaOf(own, new.target.name)),
      source: () => {
        const db = boss.getDb();
        const { pool, config } = db as OwnDb;
        return {
          key: db,
          pool: pool ?? { options: config },
          send: (sql: string) => db.executeSql(sql, []),
          withoutRows: `PostgreSQL was not asked: ${STOPPED}`,
          sayings: [[/^Database not opened/, STOPPED]] as const,
        };
      },
    };
    super(postgresBackend(store), queues);
  }
}

/** @throws HireFireConfigError without a pg-boss */
function ownDbOf(boss: unknown, procName: string): OwnDb {
  const { getDb } = Object(boss) as { readonly getDb?: unknown };
  if (typeof getDb !== 'function') {
    throw new HireFireConfigError(
      `${procName} was given no pg-boss: inject it and hand it to super(), as in super(boss, 'mail').`,
    );
  }
  return (Reflect.apply(getDb, boss, []) ?? {}) as OwnDb;
}

function schemaOf(db: OwnDb, procName: string): string {
  const schema = db.config?.schema;
  // Where two use one database, it tells the schema of the one that made it.
  if (typeof schema !== 'string' || db.listenerCount?.('error') !== 1) {
    throw new HireFireConfigError(
      `${procName}: its pg-boss does not tell the schema that its jobs are in, because it was given a db, or another one was ` +
        `given its db. Say it, as in super(boss, { schema: 'pgboss' }, 'mail').`,
    );
  }
  return schema;
}

/** pg-boss does not quote its schema, so PostgreSQL makes it lower case; one that was given in quotes is taken as it is. */
function quoted(schema: string): string {
  return /^".*"$/.test(schema) ? schema : identifier(schema.toLowerCase());
}
