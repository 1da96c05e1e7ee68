/** What PostgreSQL, node-postgres and Node say when something is wrong, in words that help and give nothing away. */
import { MeasureFailure } from '../procs/measure-failure.js';

const REASONS: readonly (readonly [codes: RegExp, reason: string])[] = [
  [/^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOENT)$/, 'PostgreSQL can not be reached'],
  [/^(?:ECONNRESET|EPIPE|57P01|57P02|0800[01346])$/, 'the connection to PostgreSQL was lost'],
  [/^57P03$/, 'PostgreSQL is starting up or shutting down'],
  [/^28\w{3}$/, 'PostgreSQL refused the login: check user and password'],
  [/^3D000$/, 'the database does not exist'],
  [/^53300$/, 'PostgreSQL has too many connections already'],
  [/^55P03$/, 'a lock on the tables of the jobs was not released in time: is a migration under way?'],
  [/^57014$/, 'PostgreSQL did not finish in time and was told to stop'],
  [/^42501$/, 'the database user may not read the tables of the jobs, or row level security hides jobs from it'],
];

/** Errors of node-postgres and pg-boss that have no code, or none that tells anything. */
const SAYINGS: readonly (readonly [message: RegExp, reason: string])[] = [
  [
    /^(?:Connection terminated|Client has encountered a connection error|Client was closed)/,
    'the connection to PostgreSQL was lost',
  ],
  [/^timeout exceeded when trying to connect/, 'no connection could be had from the pool in time'],
  [/^Cannot use a pool after calling end/, 'the pool of connections to PostgreSQL was closed'],
  [/^SASL/, 'PostgreSQL refused the login: check user and password'],
  [/^Database not opened/, 'pg-boss is not started, or was stopped'],
];

export class PostgresFailure extends MeasureFailure {
  /** What PostgreSQL or Node calls it, where it is known. */
  declare readonly code?: string;

  constructor(message: string, code?: string) {
    super(code === undefined ? message : `${message} (${code})`);
    if (code !== undefined) {
      this.code = code;
    }
  }
}

/** An error that says what is wrong, or the one that was given where nobody knows better. */
export function explained(error: unknown): unknown {
  const saying = SAYINGS.find(([message]) => message.test(textOf(error, 'message') ?? ''))?.[1];
  if (saying !== undefined) {
    return new PostgresFailure(saying);
  }
  const code = codeOf(error);
  const reason = code === undefined ? undefined : REASONS.find(([codes]) => codes.test(code))?.[1];
  return reason === undefined ? error : new PostgresFailure(reason, code);
}

/** Whether it came from a client that prepares statements, of which it takes one at a time. */
export function isOneAtATime(error: unknown): boolean {
  return (textOf(error, 'message') ?? '').includes('cannot insert multiple commands into a prepared statement');
}

/** Whether the tables are not what the statement takes them for, rather than that nothing can be asked. */
export function isOfTables(error: unknown): boolean {
  return /^(?:42\w{3}|3F000)$/.test(codeOf(error) ?? '');
}

function codeOf(error: unknown): string | undefined {
  const code = textOf(error, 'code');
  if (code !== undefined) {
    return code;
  }
  // Node's attempts at several addresses at once have no code of their own, only these.
  const errors: unknown = error instanceof AggregateError ? error.errors : undefined;
  return Array.isArray(errors) && errors.length > 0 ? codeOf(errors[0]) : undefined;
}

function textOf(error: unknown, key: string): string | undefined {
  const text: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
  return typeof text === 'string' ? text : undefined;
}
