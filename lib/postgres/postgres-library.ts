/**
 * The most jobs to count per queue, active ones included: counting millions takes seconds, and no manager decides otherwise
 * beyond this.
 */
export const MAX_COUNT = 100_000;

/** Both counts of a queue, the ready jobs only, or the age of the oldest ready job. */
export type Wanted = 'size' | 'ready' | 'latency';

/** A queue to read, and the number of its row. */
export interface NumberedQueue {
  readonly n: number;
  readonly name: string;
}

/** Facts about a schema that its statement depends on. */
export interface SchemaFacts {
  readonly version: number;
  /** True if it has an index that is optional in its version. */
  readonly isIndexed: boolean;
}

/** Describes a library that stores its jobs in PostgreSQL. Every `schema` is quoted already. */
export interface PostgresLibrary {
  readonly name: string;
  /** The first and last known version of the schema, and the releases of the library that create them. */
  readonly versions: readonly [first: number, last: number, majors: string];
  /** How to create the schema, or bring it up to date. */
  readonly migration: string;
  /** The error or warning for a queue that the database does not know. */
  readonly unknown: { readonly isError: boolean; message(queue: string): string };
  /** The tables to read; row level security must not hide any row. */
  tables(schema: string): readonly string[];
  /** The version of the schema, as an expression. */
  version(schema: string): string;
  /**
   * True if a schema newer than the known ones has all that {@link read} uses of the last known one, with the same types and
   * states, as a boolean expression.
   */
  isAsKnown(schema: string): string;
  /** An SQL expression for {@link SchemaFacts.isIndexed}: 1 or 0. */
  isIndexed(schema: string): string;
  /**
   * A SELECT of one row per queue with the columns `n`, `known` (1 or 0), `ready`, `active` and `latency`. The latency is a text: the
   * seconds since the oldest ready job became ready, NaN if it is ready since -infinity; null without such a job, or if not wanted.
   *
   * @param also - one more column, as an expression and its name
   */
  read(schema: string, facts: SchemaFacts, wanted: Wanted, queues: readonly NumberedQueue[], also: string): string;
}
