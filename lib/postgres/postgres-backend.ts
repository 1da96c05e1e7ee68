import { inspect } from 'node:util';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Backend } from '../procs/backend-proc.js';
import { Batch } from '../procs/batch.js';
import { checkedNames, optionsAndNames } from '../procs/queue-names.js';
import { PostgresFailure } from './postgres-failure.js';
import type { PostgresLibrary } from './postgres-library.js';
import { readTogether, type PostgresReading, type PostgresRequest } from './postgres-reading.js';
import { postgresServerName, type PostgresSource } from './postgres-source.js';

/** The place of a proc's queues. */
export interface PostgresStore {
  readonly library: PostgresLibrary;
  /** Quoted. */
  readonly schema: string;
  /** Called at every reading, because the source may come after the proc. */
  readonly source: () => PostgresSource;
}

const readings = new Batch<PostgresRequest, readonly PostgresReading[]>(({ source }) => source.key, readTogether);

/** Reads queues that are names in a schema of PostgreSQL: one statement for all procs on a pool, without writing. */
export function postgresBackend({ library, schema, source }: PostgresStore): Backend<string> {
  return {
    describe: (queue) => ({ name: `${queue} in the schema ${schema}`, server: postgresServerName(source().pool) }),
    async read(queues, { metric, skipActive, timeout }) {
      const wanted = metric === 'latency' ? 'latency' : skipActive ? 'ready' : 'size';
      const found = await readings.ask({ source: source(), library, schema, queues, wanted, timeout });
      return found.map(({ isKnown, ...reading }, index) => {
        const unknown = isKnown ? undefined : library.unknown.message(queues[index] ?? '');
        if (unknown !== undefined && library.unknown.isError) {
          throw new PostgresFailure(unknown);
        }
        return { ...reading, unknown };
      });
    },
  };
}

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
 * @throws HireFireConfigError that begins with the name of the proc
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
