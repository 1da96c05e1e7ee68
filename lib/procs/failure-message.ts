/** Turns anything that a proc threw into a line for the app's log, and into one that HireFire may see. */
import { HireFireConfigError } from '../hirefire.errors.js';
import { isArray, propertyOf, safely } from '../hirefire.unknown.js';
import { isMeasureFailure } from './measure-failure.js';

const MAX_LINE_LENGTH = 300;
/** Longer texts are cut before anything is searched in them. */
const MAX_TEXT_LENGTH = 4_000;
/** How deep to follow causes: what `fetch()` rejects with has two levels below it. */
const MAX_DEPTH = 3;

const STACK_FRAME = /^\s*at .*(?::\d+:\d+|<anonymous>|native|index \d+)\)?\s*$/;
const LINE_BREAK = /[\r\n]+/;
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu;
const CONTROL_WITHIN_LINE = /(?!\n)[\p{Cc}\p{Cf}]+/gu;

// Greedy, because a password may hold an unencoded @ or slash.
const URL_CREDENTIALS = /((?<!\bfile:\/?)\/\/)\S*@/g;

/** The usual names and codes of errors, which can't hold a secret. */
const ERROR_NAME = /^(?:[A-Z][a-z]+){1,6}(?:Error|Exception)$|^Error$/;
const ERROR_CODE = /^(?:E[A-Z]{2,20}|ERR(?:_[A-Z]{2,20}){1,5}|[A-Z]{2,20}(?:_[A-Z]{2,20}){1,5}|[0-9][0-9A-Z]{4})$/;

/**
 * A line for HireFire: the message of a {@link MeasureFailure} or of an error in the set-up, else the error's name and code, because its
 * text may hold a secret.
 *
 * @param secrets - texts that must not appear in the line, such as the app's token
 */
export function wireMessage(error: unknown, secrets: readonly string[]): string {
  const message = safely(() =>
    isMeasureFailure(error) || error instanceof HireFireConfigError ? withCauses(error, 0) : undefined,
  );
  if (message !== undefined) {
    return cleanLine(message, secrets);
  }
  const [name, code] = ['name', 'code'].map((key) => safely(() => propertyOf(error, key)));
  const knownName =
    typeof name === 'string' && ERROR_NAME.test(name) ? name : typeof error === 'object' ? 'Error' : undefined;
  const knownCode = typeof code === 'string' && ERROR_CODE.test(code) ? ` ${code}` : '';
  return `${knownName === undefined ? `threw ${typeOf(error)}` : `${knownName}${knownCode}`}: see the app's log`;
}

/**
 * A line for the app's log and code: the message and its causes, in at most 300 characters, without a stack, the secrets and the
 * credentials of URLs.
 */
export function failureMessage(error: unknown, secrets: readonly string[]): string {
  return cleanLine(safely(() => withCauses(error, MAX_DEPTH)) ?? 'threw something that cannot be shown', secrets);
}

/** The stacks of an error and its causes for the app's log, without the secrets and the credentials of URLs. */
export function failureStack(error: unknown, secrets: readonly string[]): string | undefined {
  const stacks: string[] = [];
  let cause = error;
  while (stacks.length < MAX_DEPTH) {
    const stack = safely(() => propertyOf(cause, 'stack'));
    if (typeof stack !== 'string') {
      break;
    }
    stacks.push(shortened(stack).replace(CONTROL_WITHIN_LINE, ' '));
    cause = safely(() => propertyOf(cause, 'cause'));
  }
  return stacks.length === 0 ? undefined : withoutSecrets(stacks.join('\nCaused by: '), secrets);
}

/** Names the kind of a value without showing anything that could be secret. */
export function typeOf(value: unknown): string {
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

function cleanLine(text: string, secrets: readonly string[]): string {
  const lines = shortened(text).split(LINE_BREAK);
  const message = withoutSecrets(lines.filter((line) => !STACK_FRAME.test(line)).join(' '), secrets);
  const line = message.replace(CONTROL, ' ').trim();
  if (line === '') {
    return 'failed without a message';
  }
  return line.length > MAX_LINE_LENGTH ? `${line.slice(0, MAX_LINE_LENGTH - 1)}…` : line;
}

/** The message, followed by those of its causes down to a depth. */
function withCauses(error: unknown, depth: number): string {
  if (typeof error === 'string') {
    return error;
  }
  const message = propertyOf(error, 'message');
  if (typeof message !== 'string') {
    return `threw ${typeOf(error)}`;
  }
  const inner = depth > 1 ? innerErrors(error, message) : [];
  const innerMessages = new Set(inner.map((one) => withCauses(one, depth - 1)));
  return [message, [...innerMessages].filter(Boolean).join(', ')].filter(Boolean).join(': ');
}

function innerErrors(error: unknown, message: string): readonly unknown[] {
  // Node's attempts to connect to several addresses have no message, only these.
  const errors = message === '' ? propertyOf(error, 'errors') : undefined;
  const cause = propertyOf(error, 'cause');
  return [...(isArray(errors) ? errors.slice(0, 10) : []), ...(cause === undefined ? [] : [cause])];
}

/** Cuts at a space, because half a secret would not be recognised. */
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
