/** What PostgreSQL, node-postgres and Node say when something is wrong, in words that help and give nothing away. */
import { propertyOf } from '../procs/failure-message.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { networkCauses } from '../procs/network-causes.js';

/** What PostgreSQL calls several statements where it prepares one. */
const SYNTAX_ERROR = '42601';

/** How far an error is followed to what caused it: that may lead back to it. */
const MAX_DEPTH = 10;

export const OPEN_TRANSACTION =
  'the connection is in a transaction that the app has left open, in which the time stands still: end it by COMMIT or ROLLBACK';

const LOGIN = 'PostgreSQL refuses the login: check user and password';

const { lasting, passing } = networkCauses(
  'PostgreSQL',
  ['sslmode=require', 'sslmode=disable'],
  "Heroku's Postgres needs it, ssl: { rejectUnauthorized: false }",
);
const UNREACHABLE: Readonly<Record<string, string>> = { ...lasting, ...passing, ENOENT: 'its socket is not there' };

const REASONS: readonly (readonly [codes: RegExp, reason: string])[] = [
  [/^(?:ECONNRESET|EPIPE|57P01|57P02|0800[01346])$/, 'the connection to PostgreSQL was lost'],
  [/^57P03$/, 'PostgreSQL is starting up or shutting down'],
  [/^28P01$/, LOGIN],
  [
    /^28\w{3}$/,
    "PostgreSQL refuses the login: it lets no such user in from here. Where it asks for TLS, as Heroku's does, the connection " +
      'needs ssl: { rejectUnauthorized: false }',
  ],
  [/^3D000$/, 'the database does not exist'],
  [/^53300$/, 'PostgreSQL has too many connections already'],
  [/^55P03$/, 'a lock on the tables of the jobs was not released in time: is a migration under way?'],
  [/^57014$/, 'PostgreSQL did not finish in time and was told to stop'],
  [/^25P02$/, OPEN_TRANSACTION],
  [/^42501$/, 'the database user may not read the tables of the jobs'],
];

/** What a driver or library says, and what that means. */
export type Saying = readonly [message: RegExp, reason: string];

/** Errors of node-postgres that have no code, or none that tells anything. */
const SAYINGS: readonly Saying[] = [
  [
    /^(?:Connection terminated|Client has encountered a connection error|Client was closed)/,
    'the connection to PostgreSQL was lost',
  ],
  [/^The server does not support SSL/, 'PostgreSQL can not be reached: it knows no TLS: leave ssl and sslmode out'],
  [/^timeout exceeded when trying to connect/, 'no connection could be had from the pool in time'],
  [/^Cannot use a pool after calling end/, 'the pool of connections to PostgreSQL was closed'],
  [/^SASL/, LOGIN],
];

export class PostgresFailure extends MeasureFailure {
  /** What PostgreSQL or Node calls it, where it is known. */
  declare readonly code?: string;

  /** @param cause - what the driver threw */
  constructor(message: string, code?: string, cause?: unknown) {
    super(code === undefined ? message : `${message} (${code})`, cause === undefined ? undefined : { cause });
    if (code !== undefined) {
      this.code = code;
    }
  }
}

/**
 * An error that says what is wrong, or the one that was given where nobody knows better.
 *
 * @param sayings - what the library says beside the driver
 */
export function explained(error: unknown, sayings: readonly Saying[]): unknown {
  const saying = [...SAYINGS, ...sayings].find(([message]) => message.test(textOf(error, 'message') ?? ''))?.[1];
  if (saying !== undefined) {
    return new PostgresFailure(saying, undefined, error);
  }
  const code = codeOf(error);
  if (code === undefined) {
    return error;
  }
  const unreachable = UNREACHABLE[code];
  const reason =
    REASONS.find(([codes]) => codes.test(code))?.[1] ??
    (unreachable === undefined ? undefined : `PostgreSQL can not be reached: ${unreachable}`);
  return reason === undefined ? error : new PostgresFailure(reason, code, error);
}

/** Whether several statements were too much for what took them: it prepares each, or looks for the rows of the only one. */
export function wantsOneStatement(error: unknown): boolean {
  const code = codeOf(error);
  return code === SYNTAX_ERROR || (code === undefined && textOf(error, 'name') === 'TypeError');
}

/** Whether the tables are not what the statement takes them for, rather than that nothing can be asked. */
export function isOfTables(error: unknown): boolean {
  return /^(?:42\w{3}|3F000)$/.test(codeOf(error) ?? '');
}

function codeOf(error: unknown, depth = 0): string | undefined {
  const code = textOf(error, 'code');
  if (code !== undefined || depth === MAX_DEPTH) {
    return code;
  }
  const cause = propertyOf(error, 'cause');
  if (cause !== undefined) {
    return codeOf(cause, depth + 1);
  }
  // Node's attempts at several addresses at once have no code of their own, only these.
  const errors: unknown = error instanceof AggregateError ? error.errors : undefined;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0], depth + 1) : undefined;
}

function textOf(error: unknown, key: string): string | undefined {
  const text = propertyOf(error, key);
  return typeof text === 'string' ? text : undefined;
}
