import { HireFireConfigError } from '../hirefire.errors.js';
import { hasMembers, hasMethod } from '../hirefire.unknown.js';
import { postgresBackend, schemaAndQueues, type SchemaOptions } from '../postgres/postgres-backend.js';
import type { Place } from '../postgres/postgres-reading.js';
import type { PostgresSource } from '../postgres/postgres-source.js';
import { identifier } from '../postgres/sql.js';
import type { QueueReading } from '../procs/backend.js';
import type { Late } from '../procs/late.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { GRAPHILE_WORKER } from './graphile-worker.sql.js';

const DEFAULT_SCHEMA = 'graphile_worker';
const NO_POOL = 'PostgreSQL was not asked: super() got neither a Pool of pg nor WorkerUtils';

/** A method of libraries whose objects have another `query()`, their name, and their pool. */
const ROWS_ONLY = [
  ['getRepository', 'TypeORM', '() => (dataSource.driver as PostgresDriver).master'],
  ['oneOrNone', 'pg-promise', 'db.$pool'],
  ['getQueryInterface', 'Sequelize', 'new Pool({ connectionString })'],
] as const;

/**
 * The used part of a pool of node-postgres.
 *
 * @example
 * ```ts
 * const pool: PgPoolLike = new Pool({ connectionString: process.env.DATABASE_URL });
 * ```
 *
 * @publicApi
 */
export interface PgPoolLike {
  /** Runs the statements of a text; resolves to a result, or to an array of results for several statements. */
  query(text: string): Promise<unknown>;
}

/**
 * The used part of graphile-worker's `WorkerUtils`.
 *
 * @example
 * ```ts
 * const utils: WorkerUtilsLike = await makeWorkerUtils({ connectionString: process.env.DATABASE_URL });
 * ```
 *
 * @publicApi
 */
export interface WorkerUtilsLike {
  /** Runs the callback with a connection of the pool. */
  withPgClient<T>(callback: (client: PgPoolLike) => Promise<T>): Promise<T>;
}

/**
 * A proc over tasks of graphile-worker 0.16, 0.17 or 0.18. One statement per poll reads the tasks of all procs on a pool, on one of
 * its connections, without writing. It counts at most 100,000 jobs per task.
 *
 * The size is the jobs that are due and have attempts left, including those that wait for another job of their named queue, plus
 * the jobs that a worker has locked. The latency is the seconds since the oldest ready job's `run_at`.
 *
 * A task that never had a job counts as 0, with a warning. A schema of an unknown version fails the poll, unless it is newer and
 * all in use is as before.
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends GraphileWorkerProc {
 *   constructor(@Inject(Pool) pool: Pool) {
 *     super(pool, 'send_mail', 'resize_image');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class GraphileWorkerProc extends QueueProc<string> {
  /**
   * @param db - a `Pool` of pg, or graphile-worker's `WorkerUtils`; or a function that returns it, called at each reading
   * @param tasks - the identifiers of the tasks that this process works on; options may stand before them, with the `schema`, if it is
   * not `graphile_worker`
   * @throws HireFireConfigError for any other `db`, without a task, and for an unknown option or a schema that is not a name
   */
  constructor(db: Late<PgPoolLike | WorkerUtilsLike>, ...tasks: string[]);
  constructor(db: Late<PgPoolLike | WorkerUtilsLike>, options: SchemaOptions, ...tasks: string[]);
  constructor(db: Late<PgPoolLike | WorkerUtilsLike>, ...rest: (SchemaOptions | string)[]) {
    const procName = new.target.name;
    const { schema = DEFAULT_SCHEMA, queues } = schemaAndQueues(procName, rest, `pool, 'send_mail'`);
    const placeIn = (found: unknown): Place => ({ source: sourceOf(found, procName), schema: identifier(schema) });
    super(...queues);
    this[HOLD](postgresBackend(GRAPHILE_WORKER, db, placeIn));
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}

function sourceOf(db: unknown, procName: string): PostgresSource {
  if (hasMembers<WorkerUtilsLike>(db, { withPgClient: 'function' })) {
    return {
      key: db,
      pool: undefined,
      withoutRows: NO_POOL,
      send: (sql) => db.withPgClient((client) => client.query(sql)),
    };
  }
  const [, library, pool] = ROWS_ONLY.find(([method]) => hasMethod(db, method)) ?? [];
  if (library !== undefined) {
    throw new HireFireConfigError(
      `${procName} was given an object of ${library}, whose query() hands on rows only: pass a Pool of pg, as in ` +
        `super(${pool}, 'send_mail').`,
    );
  }
  if (hasMembers<PgPoolLike>(db, { query: 'function' })) {
    return { key: db, pool: db, withoutRows: NO_POOL, send: (sql) => db.query(sql) };
  }
  throw new HireFireConfigError(
    `${procName} was given neither a Pool of pg nor the WorkerUtils of graphile-worker: inject one of them and pass it to ` +
      `super(), as in super(pool, 'send_mail'). If it is made later, pass a function that returns it: ` +
      `super(() => service.pool, 'send_mail'). A Runner can't be used.`,
  );
}
