/**
 * The most jobs that are counted of one queue, those being worked on included: counting millions takes a server seconds, and no
 * manager decides otherwise beyond this.
 */
export const MAX_COUNT = 100_000;

/** What is wanted of a queue: both counts, that of the ready jobs only, or the age of the oldest of them. */
export type Wanted = 'size' | 'ready' | 'latency';

/** A queue to be read, and the number that its row shall carry. */
export interface NumberedQueue {
  readonly n: number;
  readonly name: string;
}

/** What must be known of a schema before it can be asked. */
export interface SchemaFacts {
  readonly version: number;
  /** Whether it has an index that not every schema of its version has. */
  readonly isIndexed: boolean;
}

/** What is particular to a library whose jobs are in PostgreSQL. Every `schema` is quoted already. */
export interface PostgresLibrary {
  readonly name: string;
  /** The first and the last version of the schema that are known, and which majors of the library make them. */
  readonly versions: readonly [first: number, last: number, majors: string];
  /** What makes the schema, or brings it up to date. */
  readonly migration: string;
  /** A queue that the database does not know: whether that is an error or a warning, and what it says. */
  readonly unknown: { readonly isError: boolean; message(queue: string): string };
  /** The tables that are read, of which no row may be hidden. */
  tables(schema: string): readonly string[];
  /** The version of the schema, as an expression. */
  version(schema: string): string;
  /** Whether the schema {@link SchemaFacts.isIndexed}, as an expression of 1 or 0. */
  isIndexed(schema: string): string;
  /**
   * A SELECT of a row per queue with the columns `n`, `known` (1 or 0), `ready`, `active` and `latency`: as a text, the seconds since the
   * oldest ready job became ready, null where there is none or it is not wanted, NaN where it is ready since -infinity.
   *
   * @param also - one more column, as an expression and its name
   */
  read(schema: string, facts: SchemaFacts, wanted: Wanted, queues: readonly NumberedQueue[], also: string): string;
}
