/** Text that an app or a server sent, made fit to be printed. */

const MAX_EXCERPT_LENGTH = 200;

/** One line without the token (`***`) and without what could move a terminal's cursor, cut where it is long. */
export function excerpt(text: string, token: string): string {
  // Cut first, because a body may have a million characters; a token that is cut through is shorter than what is left of it.
  const hidden = text
    .slice(0, MAX_EXCERPT_LENGTH + 2 * encodeURIComponent(token).length)
    .replaceAll(token, '***')
    .replaceAll(encodeURIComponent(token), '***')
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\s]+/g, ' ')
    .trim();
  return hidden.length > MAX_EXCERPT_LENGTH ? `${hidden.slice(0, MAX_EXCERPT_LENGTH)}…` : hidden;
}
