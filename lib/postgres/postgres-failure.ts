/** Explains the errors of PostgreSQL, node-postgres and Node, without anything secret. */
import { isArray, propertyOf, stringOf } from '../hirefire.unknown.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { networkCauses } from '../procs/network-causes.js';
import type { PostgresSource } from './postgres-source.js';

/** PostgreSQL's code for several statements where it prepares one. */
const SYNTAX_ERROR = '42601';

/** How deep to follow causes, which may form a loop. */
const MAX_DEPTH = 10;

export const OPEN_TRANSACTION =
  'the app left a transaction open on the connection, so now() does not advance: end it by COMMIT or ROLLBACK';

const LOGIN = 'PostgreSQL refuses the login: check user and password';

const TRUST_ALL = 'ssl: { rejectUnauthorized: false }';
/** In a URL, for node-postgres: each overrides its option ssl. */
const SSL_IN_URL = /[?&]ssl(?:mode|cert|key|rootcert)?=/;
const TRUST_ALL_IN_URL = 'sslmode=no-verify in its URL, or no sslmode there, because it overrides ssl';

const { lasting, passing } = networkCauses(
  'PostgreSQL',
  ['sslmode=require', 'sslmode=disable'],
  `Heroku's Postgres needs it, ${TRUST_ALL}`,
);
const CAUSES: Readonly<Record<string, string>> = { ...lasting, ...passing, ENOENT: 'its socket is not there' };
const UNREACHABLE = 'PostgreSQL can not be reached';
const LOST = 'the connection to PostgreSQL was lost';

const REASONS: readonly (readonly [codes: RegExp, reason: string])[] = [
  [/^(?:ECONNRESET|EPIPE|57P01|57P02|0800[01346]|CONNECTION_(?:CLOSED|ENDED|DESTROYED))$/, LOST],
  [/^57P03$/, 'PostgreSQL is starting up or shutting down'],
  [/^28P01$/, LOGIN],
  [
    /^28\w{3}$/,
    "PostgreSQL refuses the login: this user may not connect from here. If the server requires TLS, as Heroku's does, the " +
      `connection needs ${TRUST_ALL}`,
  ],
  [/^3D000$/, 'the database does not exist'],
  [/^53300$/, 'PostgreSQL has too many connections already'],
  [/^55P03$/, 'a lock on the tables of the jobs was not released in time: is a migration running?'],
  [/^57014$/, 'PostgreSQL did not finish in time and canceled the statement'],
  [/^25P02$/, OPEN_TRANSACTION],
  [/^42501$/, 'the database user may not read the tables of the jobs'],
];

/** A message of a driver or library, and its meaning. */
export type KnownMessage = readonly [message: RegExp, reason: string];

/** Errors of node-postgres without a useful code. */
const KNOWN_MESSAGES: readonly KnownMessage[] = [
  [/^(?:Connection terminated due to connection timeout|timeout expired)/, `${UNREACHABLE}: ${passing.ETIMEDOUT}`],
  [
    /^There was an error establishing an SSL connection/,
    `${UNREACHABLE}: what answers is no PostgreSQL: look at the port`,
  ],
  [/^Query read timeout/, "PostgreSQL did not answer within the pool's query_timeout"],
  [/^(?:Connection terminated|Client has encountered a connection error|Client was closed)/, LOST],
  [/^The server does not support SSL/, `${UNREACHABLE}: it does not support TLS: leave ssl and sslmode out`],
  [/^timeout exceeded when trying to connect/, 'the pool had no free connection in time'],
  [/^Cannot use a pool after calling end/, 'the pool of connections to PostgreSQL was closed'],
  [/^SASL/, LOGIN],
];

/** A failure with a known reason, or else the error itself. */
export function explained(error: unknown, { pool, knownMessages = [] }: PostgresSource): unknown {
  const text = stringOf(error, 'message') ?? '';
  const meaning = [...KNOWN_MESSAGES, ...knownMessages].find(([message]) => message.test(text))?.[1];
  if (meaning !== undefined) {
    return new MeasureFailure(meaning, { cause: error });
  }
  const code = codeOf(error) ?? '';
  const cause = CAUSES[code];
  const reason =
    REASONS.find(([codes]) => codes.test(code))?.[1] ?? (cause === undefined ? cause : `${UNREACHABLE}: ${cause}`);
  if (reason === undefined) {
    return error;
  }
  const url = stringOf(propertyOf(pool, 'options'), 'connectionString') ?? '';
  const cured = SSL_IN_URL.test(url) ? reason.replace(TRUST_ALL, TRUST_ALL_IN_URL) : reason;
  return Object.assign(new MeasureFailure(`${cured} (${code})`, { cause: error }), { code });
}

/** True if the receiver can't take several statements: it prepares each, or expects a single result. */
export function wantsOneStatement(error: unknown): boolean {
  const code = codeOf(error);
  return code === SYNTAX_ERROR || (code === undefined && stringOf(error, 'name') === 'TypeError');
}

/** True if the statement does not fit the tables, or a state has another name; otherwise the server can't be asked at all. */
export function isOfTables(error: unknown): boolean {
  return /^(?:42\w{3}|3F000|22P02)$/.test(codeOf(error) ?? '');
}

function codeOf(error: unknown, depth = 0): string | undefined {
  const code = stringOf(error, 'code');
  if (code !== undefined || depth === MAX_DEPTH) {
    return code;
  }
  const cause = propertyOf(error, 'cause');
  if (cause !== undefined) {
    return codeOf(cause, depth + 1);
  }
  // Node's attempts to connect to several addresses have a code each, and none together.
  const errors: unknown = error instanceof AggregateError ? error.errors : undefined;
  return isArray(errors) && errors.length > 0 ? codeOf(errors[0], depth + 1) : undefined;
}
