/** The app's URL in the arguments of `check`, `watch` and `plan`, and the endpoints below it. */
import { HIREFIRE_PATH, INFO_ROUTE, TEST_ROUTE, TRACE_ROUTE } from '../../lib/hirefire.protocol.js';
import { UsageError } from '../io/errors.js';

/** The token may follow, whatever the case and the encoding of the path. */
const AFTER_HIREFIRE = new RegExp(String.raw`((?:^|[/\\])${HIREFIRE_PATH}[/\\]).*`, 'is');

/**
 * Keeps the path, but no query, hash or trailing slash.
 *
 * @throws UsageError
 */
export function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    // The rest of the path may be the token.
    const shown = decoded(text).replace(AFTER_HIREFIRE, '$1***');
    throw new UsageError(`<url>: "${shown}" is not an http or https URL: give one such as http://localhost:3000`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('<url>: HireFire sends no user and password: give the URL without them');
  }
  if (AFTER_HIREFIRE.test(`${decoded(url.pathname)}/`)) {
    // Don't print the rest of the path, which may be the token.
    throw new UsageError('<url>: give the URL of the app, without /hirefire and what follows it');
  }
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Without percent-encoding, not even that of a percent sign. */
function decoded(text: string): string {
  return text.replace(/%(?:25)*([\da-f]{2})/gi, (_encoded, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

export function endpointsOf(
  base: URL,
  token: string,
): { readonly test: URL; readonly byHeader: URL; readonly byPath: URL; readonly trace: URL } {
  const below = (path: string): URL => new URL(`${base.pathname.replace(/\/$/, '')}/${path}`, base);
  return {
    test: below(`${HIREFIRE_PATH}/${TEST_ROUTE}`),
    byHeader: below(HIREFIRE_PATH),
    trace: below(`${HIREFIRE_PATH}/${TRACE_ROUTE}`),
    byPath: below(`${HIREFIRE_PATH}/${INFO_ROUTE.replace(':token', encodeURIComponent(token))}`),
  };
}
