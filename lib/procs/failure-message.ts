/** Turns whatever a proc threw into what the app's own log says of it, and into what HireFire is told. */
import { HireFireConfigError } from '../hirefire.errors.js';
import { isMeasureFailure } from './measure-failure.js';

const MAX_MESSAGE_LENGTH = 300;
/** No more than this is looked at, so that a huge message takes no time. */
const MAX_TEXT_LENGTH = 4_000;
/** How many errors inside errors are told of: what `fetch()` rejects with has two levels below it. */
const MAX_DEPTH = 3;

const STACK_FRAME = /^\s*at .*(?::\d+:\d+|<anonymous>|native|index \d+)\)?\s*$/;
const LINE_BREAK = /[\r\n]+/;
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu;
const CONTROL_WITHIN_LINE = /(?!\n)[\p{Cc}\p{Cf}]+/gu;

// Greedy, since a password may hold an @ or a slash that nobody encoded.
const URL_CREDENTIALS = /((?<!\bfile:\/?)\/\/)\S*@/g;

/** What names of errors and codes look like: nothing that could hold a secret. */
const ERROR_NAME = /^(?:[A-Z][a-z]+){1,6}(?:Error|Exception)$|^Error$/;
const ERROR_CODE = /^(?:E[A-Z]{2,20}|ERR(?:_[A-Z]{2,20}){1,5}|[A-Z]{2,20}(?:_[A-Z]{2,20}){1,5}|[0-9][0-9A-Z]{4})$/;

/**
 * What HireFire is told: a message that this package wrote; of anything else the kind of error, because nobody can tell whether
 * its text holds a secret.
 */
export function wireMessage(error: unknown): string {
  if (isMeasureFailure(error) || safely(() => error instanceof HireFireConfigError) === true) {
    return oneLine(textOf(error, 0));
  }
  const [name, code] = ['name', 'code'].map((key) => safely(() => propertyOf(error, key)));
  const kind =
    typeof name === 'string' && ERROR_NAME.test(name) ? name : typeof error === 'object' ? 'Error' : undefined;
  const told = typeof code === 'string' && ERROR_CODE.test(code) ? ` ${code}` : '';
  return kind === undefined ? `threw ${kindOf(error)}: see the app's log` : `${kind}${told}: see the app's log`;
}

/**
 * What was thrown, as one line of at most 300 characters, without a stack, the app's token and the credentials of URLs: for the
 * app's own log and code.
 *
 * @param error - of any type
 * @param secrets - texts that must not appear in the line, such as the app's token
 */
export function failureMessage(error: unknown, secrets: readonly string[]): string {
  const text = safely(() => textOf(error, MAX_DEPTH)) ?? 'threw something that cannot be shown';
  const lines = shortened(text).split(LINE_BREAK);
  return oneLine(withoutSecrets(lines.filter((part) => !STACK_FRAME.test(part)).join(' '), secrets));
}

/** The stack of what was thrown, for the app's own log, without the same; `undefined` where there is none. */
export function failureStack(error: unknown, secrets: readonly string[]): string | undefined {
  const stack = safely(() => propertyOf(error, 'stack'));
  return typeof stack === 'string'
    ? withoutSecrets(shortened(stack).replace(CONTROL_WITHIN_LINE, ' '), secrets)
    : undefined;
}

/** What kind of value a stranger's code gave, without what could be a secret. */
export function kindOf(value: unknown): string {
  switch (typeof value) {
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

function oneLine(text: string): string {
  const line = text.replace(CONTROL, ' ').trim();
  if (line === '') {
    return 'failed without a message';
  }
  return line.length > MAX_MESSAGE_LENGTH ? `${line.slice(0, MAX_MESSAGE_LENGTH - 1)}…` : line;
}

function textOf(error: unknown, depth: number): string {
  if (typeof error === 'string') {
    return error;
  }
  const message = propertyOf(error, 'message');
  if (typeof message !== 'string') {
    return `threw ${kindOf(error)}`;
  }
  const inner: unknown[] = [];
  if (depth > 1) {
    // Node's connection attempts to several addresses at once have no message of their own, only these.
    const errors: unknown = message === '' ? propertyOf(error, 'errors') : undefined;
    if (Array.isArray(errors)) {
      errors.slice(0, 10).forEach((one) => inner.push(one));
    }
    const cause = propertyOf(error, 'cause');
    if (cause !== undefined) {
      inner.push(cause);
    }
  }
  const innerText = [...new Set(inner.map((one) => textOf(one, depth - 1)))].filter((text) => text !== '').join(', ');
  return [message, innerText].filter((text) => text !== '').join(': ');
}

/** Of whatever was thrown; `undefined` of what is no object. */
export function propertyOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** Getters and traps of a stranger's object may throw. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Half a secret at the cut would not be recognised any more. */
function shortened(text: string): string {
  return text.length > MAX_TEXT_LENGTH ? text.slice(0, MAX_TEXT_LENGTH).replace(/\S*$/, '…') : text;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text.replace(URL_CREDENTIALS, '$1***@');
  for (const secret of secrets) {
    // Through a Buffer, because encodeURIComponent() throws at half a surrogate pair.
    for (const form of [secret, encodeURIComponent(Buffer.from(secret).toString())]) {
      clean = clean.replaceAll(form, '***');
    }
  }
  return clean;
}
