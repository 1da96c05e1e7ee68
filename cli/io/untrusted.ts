/** Reads JSON and prints text from apps and servers that are not trusted. */

const MAX_EXCERPT_LENGTH = 200;
const MIN_SECRET_LENGTH = 12;

/** Undefined for text that is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** JSON of a parsed value, for a message: a value that is nested too deeply has none. */
export function jsonText(value: unknown): string {
  try {
    return value === undefined ? 'nothing' : JSON.stringify(value);
  } catch {
    return '(too deeply nested to print)';
  }
}

/** Text as it is, anything else as JSON: an object from an app may have a `toString` that is no function. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

/** Colours and other sequences that start with ESC. */
// eslint-disable-next-line no-control-regex
const SEQUENCES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The text on one line, without characters that control a terminal. */
export function printable(text: string): string {
  return text.replace(SEQUENCES, '').replace(CONTROLS, ' ');
}

/** One line of it, shortened and printable, with `***` for the token. */
export function excerpt(text: string, token = ''): string {
  // Hide the token first: shortened text could end with a part of it.
  const line = printable(hideToken(text, token).slice(0, 10 * MAX_EXCERPT_LENGTH))
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MAX_EXCERPT_LENGTH ? `${line.slice(0, MAX_EXCERPT_LENGTH)}…` : line;
}

/** A short token may be a part of any word, so only whole words are hidden. */
function hideToken(text: string, token: string): string {
  if (token === '') {
    return text;
  }
  const isWord = token.length < MIN_SECRET_LENGTH;
  return [token, encodeURIComponent(token)].reduce((shown, secret) => {
    const literal = secret.replace(/[^\w]/g, '\\$&');
    return shown.replace(new RegExp(isWord ? `(?<![\\w-])${literal}(?![\\w-])` : literal, 'g'), '***');
  }, text);
}
