import { EventEmitter } from 'node:events';
import { inspect } from 'node:util';
import { HireFireConfigError } from '../hirefire.errors.js';
import { hasMethod, propertyOf, stringOf } from '../hirefire.unknown.js';
import { postgresBackend, schemaAndQueues, type SchemaOptions } from '../postgres/postgres-backend.js';
import type { Place } from '../postgres/postgres-reading.js';
import type { PostgresSource } from '../postgres/postgres-source.js';
import type { QueueReading } from '../procs/backend.js';
import type { Late } from '../procs/late.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { identifier } from '../postgres/sql.js';
import { PG_BOSS } from './pg-boss.sql.js';

/**
 * The used part of a pg-boss: its database.
 *
 * @example
 * ```ts
 * const boss: PgBossLike = new PgBoss(process.env.DATABASE_URL);
 * ```
 *
 * @publicApi
 */
export interface PgBossLike {
  /** Returns the database of this pg-boss, the same each time: statements go the way of pg-boss's own. */
  getDb(): SqlExecutor;
}

/**
 * The used part of the database that a pg-boss made or was given.
 *
 * @example
 * ```ts
 * const db: SqlExecutor = boss.getDb();
 * ```
 *
 * @publicApi
 */
export interface SqlExecutor {
  /** Runs the statements of a text; resolves to a result, or for several statements to the last one or an array. */
  executeSql(text: string, values: unknown[]): Promise<unknown>;
}

/** pg-boss 12 throws while it is stopped; 10 and 11 return nothing. */
const STOPPED = 'pg-boss is not started, or was stopped';

/**
 * A proc over queues of pg-boss 10, 11 or 12. One statement per poll reads the queues of all procs on a pg-boss, on one of its
 * connections, without writing. It counts at most 100,000 jobs per queue.
 *
 * The size is the created and retried jobs that are due, including those that a policy, a singleton key or a group holds back, plus
 * the active jobs. Deferred, blocked and finished jobs do not count. The latency is the seconds since the oldest ready job's
 * `startAfter`.
 *
 * A queue that does not exist fails the poll, and so does a schema of an unknown version, unless it is newer and all in use is as
 * before.
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends PgBossProc {
 *   constructor(@Inject(PgBoss) boss: PgBoss) {
 *     super(boss, 'mail', 'images');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class PgBossProc extends QueueProc<string> {
  /**
   * @param boss - started by the app before the first poll; or a function that returns it, called at each reading
   * @param queues - the names of the queues that this process works on; options may stand before them, with a `schema` that can't be
   * read from a pg-boss that shares its `db`, or was given one
   * @throws HireFireConfigError without a pg-boss, without a queue, if the schema can't be read from pg-boss, and for an unknown option
   * or a schema that is not a name
   */
  constructor(boss: Late<PgBossLike>, ...queues: string[]);
  constructor(boss: Late<PgBossLike>, options: SchemaOptions, ...queues: string[]);
  constructor(boss: Late<PgBossLike>, ...rest: (SchemaOptions | string)[]) {
    const procName = new.target.name;
    const { schema, queues } = schemaAndQueues(procName, rest, `boss, 'mail'`);
    const named = schema === undefined ? undefined : quoted(schema, procName);
    const placeIn = (found: unknown): Place => {
      checkPgBoss(found, procName);
      const db = found.getDb();
      return { source: sourceOf(db), schema: named ?? quoted(schemaOf(db, procName), procName) };
    };
    super(...queues);
    this[HOLD](postgresBackend(PG_BOSS, boss, placeIn));
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}

function checkPgBoss(boss: unknown, procName: string): asserts boss is PgBossLike {
  if (hasMethod(boss, 'getDb')) {
    return;
  }
  throw new HireFireConfigError(
    hasMethod(boss, 'start') && hasMethod(boss, 'send')
      ? `${procName} was given a pg-boss that is too old: update it to version 10, 11 or 12.`
      : `${procName} was given no pg-boss: inject it and pass it to super(), as in super(boss, 'mail'). If it is made later, ` +
          `pass a function that returns it: super(() => service.boss, 'mail').`,
  );
}

function sourceOf(db: SqlExecutor): PostgresSource {
  return {
    key: db,
    // pg-boss makes its pool when it starts.
    pool: propertyOf(db, 'pool') ?? { options: propertyOf(db, 'config') },
    send: (sql) => db.executeSql(sql, []),
    withoutRows: `PostgreSQL was not asked: ${STOPPED}; or its db does not resolve to { rows }, each an object`,
    knownMessages: [[/^Database not opened/, STOPPED]],
  };
}

/** Reads the schema from the database that pg-boss made for itself, and that it alone uses: each user listens for its errors. */
function schemaOf(db: unknown, procName: string): string {
  const schema = stringOf(propertyOf(db, 'config'), 'schema');
  if (schema === undefined || !(db instanceof EventEmitter) || db.listenerCount('error') !== 1) {
    throw new HireFireConfigError(
      `${procName}: the schema of the jobs can't be read from its pg-boss, because it was given a db, or shares its db with ` +
        `another one. Name the schema, as in super(boss, { schema: 'pgboss' }, 'mail').`,
    );
  }
  return schema;
}

/** pg-boss does not quote its schema, so PostgreSQL lowers its case; a schema that is quoted already stays as it is. */
function quoted(schema: string, procName: string): string {
  if (/^"(?:[^"]|"")+"$/.test(schema)) {
    return schema;
  }
  if (schema.includes('"')) {
    throw new HireFireConfigError(
      `${procName}: the schema ${inspect(schema)} is neither a plain name nor one in double quotes. Correct it, as in ` +
        `super(boss, { schema: 'pgboss' }, 'mail').`,
    );
  }
  return identifier(schema.toLowerCase());
}
