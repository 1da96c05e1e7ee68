import { isArray, isObject, propertyOf, stringOf } from '../hirefire.unknown.js';
import type { KnownMessage } from './postgres-failure.js';

/** Sends statements to PostgreSQL through an object of the app. */
export interface PostgresSource {
  /** A pool, or an object that wraps one: the same for all procs that share it. */
  readonly key: object;
  /** Sends a text of one or more statements; resolves to node-postgres's result. */
  send(sql: string): Promise<unknown>;
  /** The failure when no rows come back. */
  readonly withoutRows: string;
  /** Messages of the library between this package and the driver. */
  readonly knownMessages?: readonly KnownMessage[];
  /** The pool of node-postgres behind it, if it can be reached: its state and options are shown in messages. */
  readonly pool: unknown;
}

/** The size of a pool that is in use entirely while a query waits; otherwise `undefined`. */
export function exhaustedAt(pool: unknown): number | undefined {
  const max = propertyOf(propertyOf(pool, 'options'), 'max');
  const isWaitedFor = Number(propertyOf(pool, 'waitingCount')) > 0;
  return typeof max === 'number' && isWaitedFor && propertyOf(pool, 'totalCount') === max ? max : undefined;
}

/** A pool's server as `127.0.0.1:5432/shop`, without credentials; `undefined` if the pool doesn't show it. */
export function postgresServerName(pool: unknown): string | undefined {
  const options = propertyOf(pool, 'options');
  const connectionString = stringOf(options, 'connectionString');
  if (connectionString !== undefined && URL.canParse(connectionString)) {
    const { hostname, port, pathname } = new URL(connectionString);
    // An unencoded password may extend into the path.
    return pathname.includes('@') ? undefined : `${hostname}:${port === '' ? 5432 : port}${pathname}`;
  }
  const host = stringOf(options, 'host');
  const database = stringOf(options, 'database');
  const port: unknown = propertyOf(options, 'port') ?? 5432;
  return host === undefined || database === undefined ? undefined : `${host}:${String(port)}/${database}`;
}

/**
 * The rows of the last statement, with their names; `undefined` for none, because each of our statements returns some. For several
 * statements node-postgres has an array of results, and what wraps postgres.js has an array of rows for each as its `rows`.
 */
export function rowsOf(result: unknown): readonly Readonly<Record<string, unknown>>[] | undefined {
  const all = propertyOf(isArray(result) ? result.at(-1) : result, 'rows');
  const rows = isArray(all) && isArray(all.at(-1)) ? all.at(-1) : all;
  return isArray(rows) && rows.length > 0 && rows.every(isRow) ? rows : undefined;
}

function isRow(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !isArray(value);
}
