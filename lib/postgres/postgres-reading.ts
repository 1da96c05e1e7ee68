import { Logger } from '@nestjs/common';
import { remembered } from '../hirefire.remembered.js';
import type { Group } from '../procs/batch.js';
import { isMeasureFailure, MeasureFailure } from '../procs/measure-failure.js';
import type { QueueReading } from '../procs/backend.js';
import { PostgresConnection, type Row } from './postgres-connection.js';
import { isOfTables, OPEN_TRANSACTION } from './postgres-failure.js';
import type { NumberedQueue, PostgresLibrary, SchemaFacts, Wanted } from './postgres-library.js';
import type { PostgresSource } from './postgres-source.js';
import { literal, NOW } from './sql.js';

/** A reading fails at this part of the proc's time-out, with the cause. */
const DEADLINE_SHARE = 0.9;

/** Seconds that a read replica may be behind; its numbers are too old beyond that. */
const MAX_REPLICA_LAG = 30;

/** Seconds that a transaction of the app may be open on the connection: in it, now() and the jobs don't change. */
const MAX_OPEN = 1;

/**
 * Seconds that a replica is behind, or null if it is not: an idle primary's last transaction is old, but was replayed. Asking a
 * primary too would take a quarter of the time of a small poll.
 */
const REPLICA_LAG =
  'case when pg_catalog.pg_is_in_recovery() ' +
  'and (pg_catalog.pg_last_wal_receive_lsn() is distinct from pg_catalog.pg_last_wal_replay_lsn() ' +
  'or not exists (select from pg_catalog.pg_stat_wal_receiver)) then extract(epoch from ' +
  `${NOW} - coalesce(pg_catalog.pg_last_xact_replay_timestamp(), pg_catalog.pg_postmaster_start_time())) end`;

/** ms after which a schema is probed again, because an index may have been added or dropped. */
const MAX_AGE = 10 * 60_000;

/** The place of a proc's queues, and the way to it. */
export interface Place {
  readonly source: PostgresSource;
  /** Quoted. */
  readonly schema: string;
}

/** The queues of a proc, and the numbers wanted. */
export interface PostgresRequest extends Place {
  readonly library: PostgresLibrary;
  readonly queues: readonly string[];
  readonly wanted: Wanted;
  /** ms */
  readonly timeout: number;
}

export interface PostgresReading extends QueueReading {
  readonly isKnown: boolean;
}

/** The queues to read in one schema. */
interface Schema {
  readonly library: PostgresLibrary;
  /** Quoted. */
  readonly name: string;
  readonly queues: (NumberedQueue & { readonly wanted: Wanted })[];
}

/** Facts about the server and the schemas behind a pool. */
interface Facts {
  readonly schemas: Map<string, SchemaFacts & { readonly at: number }>;
  /** Logged already. */
  readonly warnings: Set<string>;
  isReplica: boolean;
}

const factsOfPools = new WeakMap<object, Facts>();

/** Reads all queues on one pool by one statement, and by more if a schema has changed since the last time. */
export async function readTogether(
  group: Group<PostgresRequest>,
): Promise<readonly (readonly PostgresReading[] | Error)[]> {
  const deadline = performance.now() + DEADLINE_SHARE * Math.min(...group.map(({ timeout }) => timeout));
  const reader = new Reader(group[0].source, deadline);
  const schemas = schemasOf(group);
  let stale: readonly Schema[];
  try {
    stale = await reader.read(schemas);
  } catch (error) {
    if (!isOfTables(error)) {
      throw error;
    }
    stale = schemas;
  }
  for (const schema of stale) {
    await reader.readAgain(schema);
  }
  let n = 0;
  return group.map(({ queues }) => reader.readingsFrom(n, (n += queues.length)));
}

/** Numbers the queues in the order of the group, across all schemas. */
function schemasOf(group: readonly PostgresRequest[]): readonly Schema[] {
  const schemas = new Map<string, Schema>();
  let n = 0;
  for (const { library, schema: name, queues, wanted } of group) {
    const schema = remembered(schemas, schemaText({ library, name }), () => ({ library, name, queues: [] }));
    schema.queues.push(...queues.map((queue) => ({ n: n++, name: queue, wanted })));
  }
  return [...schemas.values()];
}

function schemaText({ library, name }: Pick<Schema, 'library' | 'name'>): string {
  return `the schema ${name} of ${library.name}`;
}

/** One reading through a pool. */
class Reader {
  readonly #readings = new Map<number, PostgresReading | Error>();
  readonly #connection: PostgresConnection;
  readonly #facts: Facts;

  constructor(
    private readonly source: PostgresSource,
    private readonly deadline: number,
  ) {
    this.#connection = PostgresConnection.of(source);
    const unknown = (): Facts => ({ schemas: new Map(), warnings: new Set(), isReplica: false });
    this.#facts = remembered(factsOfPools, source.key, unknown);
  }

  /** The readings of the queues `first` to `end - 1`, or the first failure among them. */
  readingsFrom(first: number, end: number): readonly PostgresReading[] | Error {
    const readings: PostgresReading[] = [];
    for (let n = first; n < end; n++) {
      const reading = this.#readings.get(n) ?? new MeasureFailure('PostgreSQL answered with too few rows');
      if (reading instanceof Error) {
        return reading;
      }
      readings.push(reading);
    }
    return readings;
  }

  /** @returns schemas to read again: their version has changed, or they turned out to be on a replica, whose lag must be read */
  async read(schemas: readonly Schema[]): Promise<readonly Schema[]> {
    const selects: string[] = [];
    const asksLag = this.#facts.isReplica;
    for (const schema of schemas) {
      const known = this.#facts.schemas.get(schemaText(schema));
      const facts = known && performance.now() - known.at < MAX_AGE ? known : await this.#probe(schema);
      if (facts) {
        selects.push(...selectsOf(schema, facts, asksLag));
      }
    }
    const sql = selects.length > 1 ? `(${selects.join(') union all (')})` : (selects[0] ?? '');
    const rows = sql === '' ? [] : await this.#select(sql);
    const rowsByNumber = new Map(rows.map((row) => [Number(row.n), row]));
    return schemas.filter((schema) => {
      const found = schema.queues.map(({ n }) => rowsByNumber.get(n)).filter((row) => row !== undefined);
      const state = stateOf(found[0]);
      this.#facts.isReplica ||= state.isReplica;
      const isStale =
        (state.isReplica && !asksLag) || state.version !== this.#facts.schemas.get(schemaText(schema))?.version;
      if (isStale) {
        return found.length > 0;
      }
      const failure = failureOf(state);
      found.forEach((row) => this.#readings.set(Number(row.n), failure ?? readingOf(row)));
      return false;
    });
  }

  /** Reads a schema by itself that was created, migrated or dropped since its probe, or that made the statement for several fail. */
  async readAgain(schema: Schema): Promise<void> {
    this.#facts.schemas.delete(schemaText(schema));
    try {
      if ((await this.read([schema])).length > 0) {
        this.#fail(schema, new MeasureFailure(`${schemaText(schema)} is being migrated`));
      }
    } catch (error) {
      this.#failFor(schema, error);
    }
  }

  async #probe(schema: Schema): Promise<SchemaFacts | undefined> {
    const { library, name } = schema;
    const [first, last, releases] = library.versions;
    let row: Row | undefined;
    try {
      [row] = await this.#select(
        `select ${library.version(name)} as version, ${library.isIndexed(name)} as indexed, ` +
          `case when ${library.version(name)} > ${last} then (${library.isAsKnown(name)})::int end as fits`,
      );
    } catch (error) {
      this.#failFor(schema, error);
      return undefined;
    }
    const version = numberOf(row?.version);
    const has =
      `${schemaText(schema)} has ${Number.isNaN(version) ? 'no version' : `version ${version}`}, and only versions ${first} to ` +
      `${last} are known`;
    if (!(version >= first && (version <= last || numberOf(row?.fits) === 1))) {
      const cure = version > last ? 'update nestjs-hirefire' : library.migration;
      this.#fail(schema, new MeasureFailure(`${has}, those of ${releases}: ${cure}`));
      return undefined;
    }
    if (version > last && this.#facts.warnings.size < this.#facts.warnings.add(has).size) {
      new Logger('HireFire').warn(
        `T${has.slice(1)}. It is read, because all that is read of it is as before. Update nestjs-hirefire when you can.`,
      );
    }
    const facts = { version, isIndexed: numberOf(row?.indexed) === 1, at: performance.now() };
    this.#facts.schemas.set(schemaText(schema), facts);
    return facts;
  }

  async #select(sql: string): Promise<readonly Row[]> {
    return this.#connection.select(this.source, sql, this.deadline);
  }

  /** @throws the error, if it is not about the tables of the schema */
  #failFor(schema: Schema, error: unknown): void {
    if (!isOfTables(error)) {
      throw error;
    }
    const cure = `is not there, or not as it should be: ${schema.library.migration}`;
    this.#fail(schema, isMeasureFailure(error) ? error : new MeasureFailure(`${schemaText(schema)} ${cure}`));
  }

  #fail({ queues }: Schema, error: Error): void {
    queues.forEach(({ n }) => this.#readings.set(n, error));
  }
}

/** The state of the server, the connection and the schema as one text, which costs less than a column each. */
function stateColumn({ library, name }: Schema, asksLag: boolean): string {
  const isHidden = library.tables(name).map((table) => `pg_catalog.row_security_active(${literal(table)})`);
  return `(select pg_catalog.concat_ws(' ', ${[
    `coalesce(${library.version(name)}, 0)`,
    'pg_catalog.pg_is_in_recovery()::int',
    `(${isHidden.join(' or ')})::int`,
    'extract(epoch from pg_catalog.statement_timestamp() - pg_catalog.transaction_timestamp())',
    ...(asksLag ? [REPLICA_LAG] : []),
  ].join(', ')})) as state`;
}

/** In seconds: how long the transaction is open, and how far a replica is behind; NaN if it is not. */
function stateOf(row: Row | undefined) {
  const [version = NaN, isReplica, isHidden, openFor = NaN, lag = NaN] = String(row?.state).split(' ').map(numberOf);
  return { version, isReplica: isReplica === 1, isHidden: isHidden !== 0, openFor, lag };
}

function failureOf({ isHidden, openFor, lag }: ReturnType<typeof stateOf>): MeasureFailure | undefined {
  if (isHidden) {
    return new MeasureFailure(
      'row level security hides jobs from the database user: connect as the owner of the tables, or as a user with BYPASSRLS',
    );
  }
  if (!(openFor < MAX_OPEN)) {
    return new MeasureFailure(OPEN_TRANSACTION);
  }
  return lag > MAX_REPLICA_LAG
    ? new MeasureFailure(`the read replica is more than ${MAX_REPLICA_LAG} s behind`)
    : undefined;
}

function selectsOf(schema: Schema, facts: SchemaFacts, asksLag: boolean): readonly string[] {
  return (['size', 'ready', 'latency'] as const).flatMap((wanted) => {
    const queues = schema.queues.filter((queue) => queue.wanted === wanted);
    return queues.length === 0
      ? []
      : schema.library.read(schema.name, facts, wanted, queues, stateColumn(schema, asksLag));
  });
}

function readingOf({ known, ready, active, latency }: Row): PostgresReading | Error {
  if (latency === 'NaN') {
    return new MeasureFailure('the oldest job is ready since -infinity, so there is no latency');
  }
  const isKnown = numberOf(known);
  if (isKnown !== 0 && isKnown !== 1) {
    return new MeasureFailure('PostgreSQL answered with unexpected columns');
  }
  // A latency of 0 means that no job waits, so a job that has just become ready counts as 1 ms.
  const age = latency === null ? 0 : Math.max(numberOf(latency), 0.001);
  return { isKnown: isKnown === 1, ready: numberOf(ready), active: numberOf(active), latency: age };
}

/** A number in any form that the app's type parsers return; NaN for anything else, never 0. */
function numberOf(value: unknown): number {
  const isNumber =
    typeof value === 'number' || typeof value === 'bigint' || (typeof value === 'string' && value.trim() !== '');
  return isNumber ? Number(value) : NaN;
}
