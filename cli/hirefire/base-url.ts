/** The URL of the app, as `check` and `watch` are given it. */
import { HIREFIRE_PATH, INFO_ROUTE, TEST_ROUTE } from '../../lib/hirefire.protocol.js';
import { UsageError } from '../io/errors.js';

/**
 * Without query, hash and trailing slashes; its path is kept.
 *
 * @throws UsageError
 */
export function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    // What follows /hirefire may be the token.
    const shown = text.replace(/(\/hirefire\/).*/s, '$1***');
    throw new UsageError(
      `<url>: "${shown}" is not an http or https URL: give one such as https://my-app.herokuapp.com`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new UsageError('<url>: HireFire sends no user and password: give the URL without them');
  }
  if (url.pathname.split('/').includes(HIREFIRE_PATH)) {
    // Without a word of what follows, which may be the token.
    throw new UsageError('<url>: give the URL of the app, without /hirefire and what follows it');
  }
  url.search = '';
  url.hash = '';
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url;
}

/** Where HireFire's endpoints are below it. */
export function endpointsOf(
  base: URL,
  token: string,
): { readonly test: URL; readonly byHeader: URL; readonly byPath: URL } {
  const below = (path: string): URL => new URL(`${base.pathname.replace(/\/$/, '')}/${path}`, base);
  return {
    test: below(`${HIREFIRE_PATH}/${TEST_ROUTE}`),
    byHeader: below(HIREFIRE_PATH),
    byPath: below(`${HIREFIRE_PATH}/${INFO_ROUTE.replace(':token', encodeURIComponent(token))}`),
  };
}
