import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { Batch } from '../procs/batch.js';
import { checkedNames, optionsAndNames } from '../procs/queue-names.js';
import { QueueProc, type QueueDescription, type QueueReading } from '../procs/queue-proc.js';
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

// Symbols, because other names could be those of the user's own members, and #private ones are out of reach of a Proxy.
const STORE = Symbol('nestjs-hirefire:postgres-store');
const UNKNOWN = Symbol('nestjs-hirefire:unknown-queues');

const readings = new Batch<Asked, readonly Answer[]>(({ source }) => source.key, readTogether);

/**
 * A {@link QueueProc} whose queues are names in a schema of PostgreSQL: one statement reads those of all procs on a pool, and
 * nothing is written.
 */
export abstract class PostgresQueueProc extends QueueProc<string> {
  private readonly [STORE]: PostgresStore;
  private readonly [UNKNOWN] = new Set<string>();

  /** @throws HireFireConfigError without a queue, or when one of them is no name */
  protected constructor(store: PostgresStore, queues: readonly string[]) {
    super(...queues);
    this[STORE] = store;
  }

  protected override describe(queue: string): QueueDescription {
    const { schema, source } = this[STORE];
    return { name: `${queue} in the schema ${schema}`, server: postgresServerName(source().pool) };
  }

  protected override async read(queues: readonly string[], metric: Metric): Promise<readonly QueueReading[]> {
    const { library, schema, source } = this[STORE];
    const wanted = metric === 'latency' ? 'latency' : this.skipActive ? 'ready' : 'size';
    const answers = await readings.ask({ source: source(), library, schema, queues, wanted, timeout: this.timeout });
    return answers.map(({ isKnown, ...reading }, index) => {
      const queue = queues[index] ?? '';
      if (!isKnown && library.unknown.isError) {
        throw new PostgresFailure(library.unknown.message(queue));
      }
      if (!isKnown && !this[UNKNOWN].has(queue)) {
        this[UNKNOWN].add(queue);
        new Logger('HireFire').warn(`${this.constructor.name}: ${library.unknown.message(queue)}`);
      }
      return reading;
    });
  }
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
