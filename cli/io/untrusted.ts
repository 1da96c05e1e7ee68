/** Reads JSON and prints text from apps and servers that are not trusted. */

const MAX_EXCERPT_LENGTH = 200;

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

/** One line of it, shortened, with `***` for the token and without characters that move a terminal's cursor. */
export function excerpt(text: string, token: string): string {
  // Hide the token first: shortened text could end with a part of it.
  const hidden = text.replaceAll(token, '***').replaceAll(encodeURIComponent(token), '***');
  const line = hidden
    .slice(0, 10 * MAX_EXCERPT_LENGTH)
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+/g, ' ')
    .trim();
  return line.length > MAX_EXCERPT_LENGTH ? `${line.slice(0, MAX_EXCERPT_LENGTH)}…` : line;
}
