import type { Saying } from './postgres-failure.js';

/** How a statement gets to PostgreSQL through what the app has. */
export interface PostgresSource {
  /** What of the app's is asked, one for all procs that share it: a pool, or what hides one. */
  readonly key: object;
  /** Sends a text of one or more statements; gives what node-postgres gives for it. */
  send(sql: string): Promise<unknown>;
  /** What it means when no rows come back. */
  readonly withoutRows: string;
  /** What the library that is between us and the driver says. */
  readonly sayings?: readonly Saying[];
  /** The pool behind it, where it can be had: it tells of its connections and of the server. */
  readonly pool: PostgresPool | undefined;
}

/** What of a pool of node-postgres is looked at, each of it only where it is there. */
export interface PostgresPool {
  readonly totalCount?: unknown;
  readonly waitingCount?: unknown;
  readonly options?: unknown;
}

interface PoolOptions {
  readonly max?: unknown;
  readonly connectionString?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly database?: unknown;
}

/** How many connections a pool has, when somebody waits for one of them; otherwise `undefined`. */
export function exhaustedAt(pool: PostgresPool | undefined): number | undefined {
  const { max } = (pool?.options ?? {}) as PoolOptions;
  return typeof max === 'number' && Number(pool?.waitingCount) > 0 && pool?.totalCount === max ? max : undefined;
}

/** Where a pool's server is, for people: `127.0.0.1:5432/shop`. Without credentials; `undefined` where the pool does not tell. */
export function postgresServerName(pool: PostgresPool | undefined): string | undefined {
  const { connectionString, host, port = 5432, database }: PoolOptions = pool?.options ?? {};
  if (typeof connectionString === 'string' && URL.canParse(connectionString)) {
    const url = new URL(connectionString);
    // A password that is not encoded may stand anywhere before the @.
    if (url.pathname.includes('@')) {
      return undefined;
    }
    return `${url.hostname}:${url.port === '' ? 5432 : url.port}${url.pathname}`;
  }
  return typeof host === 'string' && typeof database === 'string' ? `${host}:${String(port)}/${database}` : undefined;
}

/** The rows of the last of the statements that were sent; each of ours has some. */
export function rowsOf(result: unknown): readonly Readonly<Record<string, unknown>>[] | undefined {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  const rows: unknown = typeof last === 'object' && last !== null ? Reflect.get(last, 'rows') : undefined;
  return Array.isArray(rows) && rows.length > 0 ? (rows as readonly Readonly<Record<string, unknown>>[]) : undefined;
}
