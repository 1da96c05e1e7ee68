/** Text that an app or a server sent, made fit to be printed. */

const MAX_EXCERPT_LENGTH = 200;

/** One line without the token (`***`) and without what could move a terminal's cursor, cut where it is long. */
export function excerpt(text: string, token: string): string {
  // The token first: what is cut before may end with a part of it.
  const hidden = text.replaceAll(token, '***').replaceAll(encodeURIComponent(token), '***');
  const line = hidden
    .slice(0, 10 * MAX_EXCERPT_LENGTH)
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+/g, ' ')
    .trim();
  return line.length > MAX_EXCERPT_LENGTH ? `${line.slice(0, MAX_EXCERPT_LENGTH)}…` : line;
}
