import { inspect } from 'node:util';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Backend } from '../procs/backend-proc.js';
import { Batch } from '../procs/batch.js';
import { checkedNames, optionsAndNames } from '../procs/queue-names.js';
import { PostgresFailure } from './postgres-failure.js';
import type { PostgresLibrary } from './postgres-library.js';
import { readTogether, type Answer, type Asked } from './postgres-reading.js';
import { postgresServerName, type PostgresSource } from './postgres-source.js';

/** Where the queues of a proc are. */
export interface PostgresStore {
  readonly library: PostgresLibrary;
  /** Quoted. */
  readonly schema: string;
  /** What is asked; looked for at every reading, because it may come after the proc. */
  readonly source: () => PostgresSource;
}

const readings = new Batch<Asked, readonly Answer[]>(({ source }) => source.key, readTogether);

/** Queues that are names in a schema of PostgreSQL: one statement reads those of all procs on a pool, and nothing is written. */
export function postgresBackend({ library, schema, source }: PostgresStore): Backend<string> {
  return {
    describe: (queue) => ({ name: `${queue} in the schema ${schema}`, server: postgresServerName(source().pool) }),
    async read(queues, { metric, skipActive, timeout }) {
      const wanted = metric === 'latency' ? 'latency' : skipActive ? 'ready' : 'size';
      const answers = await readings.ask({ source: source(), library, schema, queues, wanted, timeout });
      return answers.map(({ isKnown, ...reading }, index) => {
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
 * Where a library on PostgreSQL has its tables.
 *
 * @example
 * ```ts
 * super(pool, { schema: 'jobs' }, 'send_mail');
 * ```
 *
 * @publicApi
 */
export interface SchemaOptions {
  /** The schema that holds the jobs, as the library was given it. By default `graphile_worker`, or the one that pg-boss tells. */
  readonly schema?: string | undefined;
}

/**
 * Tells options from queues, and checks both.
 *
 * @param example - what is handed to super(), as in `boss, 'mail'`
 * @throws HireFireConfigError that begins with the name of the proc
 */
export function schemaAndQueues(
  procName: string,
  given: readonly (SchemaOptions | string)[],
  example: string,
): { readonly schema: string | undefined; readonly queues: readonly string[] } {
  const [{ schema }, names] = optionsAndNames<SchemaOptions>(procName, ['schema'], given);
  if (schema !== undefined && (typeof (schema as unknown) !== 'string' || schema === '')) {
    throw new HireFireConfigError(`${procName}: the option "schema" must be a name, but it is ${inspect(schema)}.`);
  }
  const queues = checkedNames(procName, names, example);
  const bad = queues.findIndex((queue) => queue.includes('\0'));
  if (bad >= 0) {
    throw new HireFireConfigError(
      `${procName}: the name of queue ${bad + 1} of ${queues.length} holds a NUL, which PostgreSQL knows in no text.`,
    );
  }
  return { schema, queues };
}
