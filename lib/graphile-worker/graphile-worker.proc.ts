import { HireFireConfigError } from '../hirefire.errors.js';
import { postgresBackend, schemaAndQueues, type SchemaOptions } from '../postgres/postgres-backend.js';
import { BackendProc } from '../procs/backend-proc.js';
import type { PostgresPool, PostgresSource } from '../postgres/postgres-source.js';
import { identifier } from '../postgres/sql.js';
import { GRAPHILE_WORKER } from './graphile-worker.sql.js';

const DEFAULT_SCHEMA = 'graphile_worker';
const NO_POOL = 'PostgreSQL was not asked: what was handed to super() is no Pool of pg, nor WorkerUtils';

/**
 * What of a pool of node-postgres is used.
 *
 * @example
 * ```ts
 * const pool: PgPoolLike = new Pool({ connectionString: process.env.DATABASE_URL });
 * ```
 *
 * @publicApi
 */
export interface PgPoolLike {
  /** Runs the statements of a text; answers an array of results where there are several. */
  query(text: string): Promise<unknown>;
}

/**
 * What of graphile-worker's `WorkerUtils` is used.
 *
 * @example
 * ```ts
 * const utils: WorkerUtilsLike = await makeWorkerUtils({ connectionString: process.env.DATABASE_URL });
 * ```
 *
 * @publicApi
 */
export interface WorkerUtilsLike {
  /** Lends a connection of its pool. */
  withPgClient<T>(callback: (client: PgPoolLike) => Promise<T>): Promise<T>;
}

/**
 * A proc over tasks of graphile-worker 0.16, 0.17 or 0.18. One statement per poll reads the tasks of all procs on the same pool,
 * on a connection of it, and nothing is written. At most 100,000 jobs are counted of each task.
 *
 * The size is the number of jobs whose `run_at` has come and whose attempts are not used up, those that wait for a job of the
 * same named queue included, and of jobs that a worker has locked. The latency is the age of the oldest job that is ready, since
 * its `run_at`.
 *
 * A task of which no job was ever added counts as 0, with a warning; a schema of a version that this package does not know
 * fails the poll.
 *
 * @example
 * ```ts
 * @HireFireProc('worker')
 * export class WorkerProc extends GraphileWorkerProc {
 *   constructor(@Inject(Pool) pool: Pool) {
 *     super(pool, 'send_mail', 'resize_image');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class GraphileWorkerProc extends BackendProc<string> {
  /**
   * @param db - a `Pool` of pg, or graphile-worker's `WorkerUtils`
   * @param tasks - the identifiers of the tasks that this process works on
   * @throws HireFireConfigError without one of those, or without a task
   */
  constructor(db: PgPoolLike | WorkerUtilsLike, ...tasks: string[]);
  /**
   * @param db - as above
   * @param options - the `schema`, where it is not `graphile_worker`
   * @param tasks - as above
   * @throws HireFireConfigError as above, and for an unknown option or a schema that is no name
   */
  constructor(db: PgPoolLike | WorkerUtilsLike, options: SchemaOptions, ...tasks: string[]);
  constructor(db: PgPoolLike | WorkerUtilsLike, ...rest: (SchemaOptions | string)[]) {
    const { schema = DEFAULT_SCHEMA, queues } = schemaAndQueues(new.target.name, rest, `pool, 'send_mail'`);
    const source = sourceOf(db, new.target.name);
    const store = { library: GRAPHILE_WORKER, schema: identifier(schema), source: () => source };
    super(postgresBackend(store), queues);
  }
}

function sourceOf(db: unknown, procName: string): PostgresSource {
  if (isWorkerUtils(db)) {
    return {
      key: db,
      pool: undefined,
      withoutRows: NO_POOL,
      send: (sql) => db.withPgClient((client) => client.query(sql)),
    };
  }
  if (isPool(db)) {
    return { key: db, pool: db, withoutRows: NO_POOL, send: (sql) => db.query(sql) };
  }
  throw new HireFireConfigError(
    `${procName} was given neither a Pool of pg nor the WorkerUtils of graphile-worker: inject one of them and hand it to ` +
      `super(), as in super(pool, 'send_mail'). A Runner can't be asked.`,
  );
}

function isWorkerUtils(db: unknown): db is WorkerUtilsLike {
  return typeof Reflect.get(Object(db), 'withPgClient') === 'function';
}

function isPool(db: unknown): db is PgPoolLike & PostgresPool {
  return typeof Reflect.get(Object(db), 'query') === 'function';
}
