/** Turns whatever a proc threw into what may be shown to HireFire and logged: short, and without secrets. */

const LONGEST_MESSAGE = 300;
/** Secrets are looked for in no more than this, so that a huge message takes no time. */
const LONGEST_TEXT = 4_000;
/** How many errors inside errors are told of: what `fetch()` rejects with has two levels below it. */
const DEEPEST_CAUSE = 3;

const STACK_FRAME = /^\s*at .*(?::\d+:\d+|<anonymous>|native|index \d+)\)?\s*$/;
const LINE_BREAK = /[\r\n]+/;
const CONTROL = /[\p{Cc}\p{Cf}\u2028\u2029\s]+/gu;
const CONTROL_WITHIN_LINE = /(?!\n)[\p{Cc}\p{Cf}]+/gu;

const VALUE = String.raw`"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|\S+`;
const ASSIGNS = String.raw`\\*["']?\s*[=:]>?\s*`;
const SECRET_NAME =
  'password|passwd|passphrase|passcode|pass\\b|pwd|secret|token|(?:api|access|private)[_-]?key|signature|auth\\b';
// Greedy, since a password may hold an @ or a slash that nobody encoded.
const URL_CREDENTIALS = /((?<!\bfile:\/?)\/\/)\S*@/g;
const AUTHORIZATION_HEADER = new RegExp(`(authorization${ASSIGNS})(?:${VALUE}(?:[ \\t]+\\S+)?)`, 'gi');
const AUTHORIZATION = /\b(bearer|basic)\s+\S+/gi;
const NAMED_SECRET = new RegExp(`((?:${SECRET_NAME})[\\w-]*${ASSIGNS})(?:${VALUE})`, 'gi');

/**
 * What was thrown, as one line of at most 300 characters, without a stack and without credentials.
 *
 * @param error - of any type
 * @param secrets - texts that must not appear in the line, such as the app's token
 */
export function failureMessage(error: unknown, secrets: readonly string[]): string {
  const text = safely(() => textOf(error, DEEPEST_CAUSE)) ?? 'threw something that cannot be shown';
  const line = withoutSecrets(
    shortened(text)
      .split(LINE_BREAK)
      .filter((part) => !STACK_FRAME.test(part))
      .join(' ')
      .replace(CONTROL, ' ')
      .trim(),
    secrets,
  );
  if (line === '') {
    return 'failed without a message';
  }
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE - 1)}…` : line;
}

/** The stack of what was thrown, for the app's own log, without credentials; `undefined` where there is none. */
export function failureStack(error: unknown, secrets: readonly string[]): string | undefined {
  const stack = safely(() => propertyOf(error, 'stack'));
  return typeof stack === 'string'
    ? withoutSecrets(shortened(stack).replace(CONTROL_WITHIN_LINE, ' '), secrets)
    : undefined;
}

/** A value for an error message: what it is, and no more than that of anything that can be large. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `the string ${JSON.stringify(value)}`;
    case 'bigint':
      return `the bigint ${value}`;
    case 'function':
    case 'symbol':
      return `a ${typeof value}`;
    case 'object':
      return value === null ? 'null' : 'an object';
    default:
      return String(value);
  }
}

function textOf(error: unknown, depth: number): string {
  if (typeof error === 'string') {
    return error;
  }
  const message = propertyOf(error, 'message');
  if (typeof message !== 'string') {
    return `threw ${shown(error)}`;
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

function propertyOf(value: unknown, key: string): unknown {
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
  return text.length > LONGEST_TEXT ? text.slice(0, LONGEST_TEXT).replace(/\S*$/, '…') : text;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  // The app's own secrets last: one that is part of a word such as "token" would hide what gives a secret away.
  let clean = text
    .replace(URL_CREDENTIALS, '$1***@')
    .replace(AUTHORIZATION_HEADER, '$1***')
    .replace(AUTHORIZATION, '$1 ***')
    .replace(NAMED_SECRET, '$1***');
  for (const secret of secrets) {
    // Through a Buffer, because encodeURIComponent() throws at half a surrogate pair.
    for (const form of [secret, encodeURIComponent(Buffer.from(secret).toString())]) {
      clean = clean.replaceAll(form, '***');
    }
  }
  return clean;
}
