/** Turns whatever a proc threw into one line that may be shown to HireFire and logged. */

const LONGEST = 300;
const STACK_FRAME = /^\s*at /;
const URL_CREDENTIALS = /(\/\/)[^\s/@]*@/g;
const NAMED_SECRET =
  /(\b[\w-]*(?:password|passwd|pwd|secret|token|api[_-]?key|auth)\w*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&"']+)/gi;
const AUTHORIZATION = /\b(bearer|basic)\s+\S+/gi;

/**
 * @param error - what was thrown, of any type
 * @param secrets - texts that must not appear in the line, such as the app's token
 */
export function failureMessage(error: unknown, secrets: readonly string[]): string {
  const line = withoutSecrets(textOf(error), secrets)
    .split(/[\r\n]+/)
    .filter((part) => part.trim() !== '' && !STACK_FRAME.test(part))
    .map((part) => part.trim())
    .join(' ');
  if (line === '') {
    return 'failed without a message';
  }
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** Blots out credentials in URLs, named secrets and the given texts. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    clean = clean.replaceAll(secret, '***').replaceAll(encodeURIComponent(secret), '***');
  }
  return clean.replace(URL_CREDENTIALS, '$1***@').replace(AUTHORIZATION, '$1 ***').replace(NAMED_SECRET, '$1***');
}

function textOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    // Node's connection attempts to several addresses at once have no message of their own.
    return [...new Set(error.errors.map(textOf))].join(', ');
  }
  if (typeof error === 'object' && error !== null && 'message' in error) {
    return String(error.message);
  }
  return safeString(error);
}

function safeString(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
