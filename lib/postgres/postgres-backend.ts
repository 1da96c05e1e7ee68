import { inspect } from 'node:util';
import { HireFireConfigError } from '../hirefire.errors.js';
import { safely } from '../hirefire.unknown.js';
import type { Backend } from '../procs/backend.js';
import { Batch } from '../procs/batch.js';
import { current, type Late } from '../procs/late.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { checkedNames, optionsAndNames } from '../procs/queue-names.js';
import type { PostgresLibrary } from './postgres-library.js';
import { readTogether, type Place, type PostgresReading, type PostgresRequest } from './postgres-reading.js';
import { postgresServerName } from './postgres-source.js';

/**
 * Reads queues that are names in a schema of PostgreSQL: one statement for all procs on a pool, without writing.
 *
 * @param db - an object of the app that can ask PostgreSQL
 * @param placeIn - throws a HireFireConfigError for an object that can't be used
 */
export function postgresBackend<Db extends object>(
  library: PostgresLibrary,
  db: Late<Db>,
  placeIn: (db: unknown) => Place,
): Backend<string> {
  const place = (): Place => {
    const now = current(db);
    if (now === undefined && typeof db === 'function') {
      throw new MeasureFailure(`${library.name} is not connected yet: the function in super() returned nothing`);
    }
    return placeIn(now);
  };
  if (typeof db !== 'function') {
    placeIn(db);
  }
  return {
    describe: (queue) => {
      const now = safely(place);
      return now
        ? { name: `${queue} in the schema ${now.schema}`, server: postgresServerName(now.source.pool) }
        : { name: queue, server: undefined };
    },
    async read(queues, { metric, skipActive, isProtected, timeout }) {
      const ask = (wanted: PostgresRequest['wanted']): Promise<readonly PostgresReading[]> =>
        readings.ask({ ...place(), library, queues, wanted, timeout });
      // Both are asked for in one tick, so one statement reads them.
      const [found, sizes] = await Promise.all([
        ask(metric === 'latency' ? 'latency' : skipActive ? 'ready' : 'size'),
        metric === 'latency' && isProtected ? ask('size') : [],
      ]);
      return found.map(({ isKnown, ...reading }, index) => {
        const unknown = isKnown ? undefined : library.unknown.message(queues[index] ?? '');
        if (unknown !== undefined && library.unknown.isError) {
          throw new MeasureFailure(unknown);
        }
        return { ...reading, active: sizes[index]?.active ?? reading.active, unknown };
      });
    },
  };
}

const readings = new Batch<PostgresRequest, readonly PostgresReading[]>(({ source }) => source.key, readTogether);

/**
 * Names the schema of a library on PostgreSQL.
 *
 * @example
 * ```ts
 * super(pool, { schema: 'jobs' }, 'send_mail');
 * ```
 *
 * @publicApi
 */
export interface SchemaOptions {
  /**
   * The schema that holds the jobs, as the library was configured with it.
   *
   * @default `graphile_worker`, or the schema that pg-boss reports
   */
  readonly schema?: string | undefined;
}

/**
 * Separates and checks options and queues.
 *
 * @param example - arguments of super(), such as `boss, 'mail'`
 */
export function schemaAndQueues(
  procName: string,
  given: readonly (SchemaOptions | string)[],
  example: string,
): { readonly schema: string | undefined; readonly queues: readonly string[] } {
  const [{ schema }, names] = optionsAndNames<SchemaOptions>(procName, ['schema'], given);
  if (schema !== undefined && (typeof schema !== 'string' || schema === '' || schema.includes('\0'))) {
    throw new HireFireConfigError(`${procName}: the option "schema" must be a name, but it is ${inspect(schema)}.`);
  }
  const queues = checkedNames(procName, names, example);
  const bad = queues.findIndex((queue) => queue.includes('\0'));
  if (bad >= 0) {
    throw new HireFireConfigError(
      `${procName}: the name of queue ${bad + 1} of ${queues.length} contains a NUL byte, which PostgreSQL text can't.`,
    );
  }
  return { schema, queues };
}
