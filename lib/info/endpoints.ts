import type { IncomingMessage } from 'node:http';
import { HIREFIRE_URL, INFO_ROUTE, TEST_ROUTE, TOKEN_HEADER } from '../hirefire.protocol.js';
import { safely } from '../hirefire.unknown.js';
import type { HttpAnswer } from '../http/http-host.js';
import type { HireFireController } from './hirefire.controller.js';

const TEST = new RegExp(`^${TEST_ROUTE}$`, 'i');
const INFO = new RegExp(`^${INFO_ROUTE.replace(':token', '([^/]+)')}$`, 'i');

/** Answers HireFire's requests; `undefined` for any other, and for methods other than GET and HEAD. */
export function answerTo(
  request: IncomingMessage,
  controller: HireFireController,
): HttpAnswer | Promise<HttpAnswer> | undefined {
  const { method = '', url = '', headers } = request;
  const [isOurs, below = ''] = HIREFIRE_URL.exec(url) ?? [];
  if (isOurs === undefined || (method !== 'GET' && method !== 'HEAD')) {
    return undefined;
  }
  if (below === '') {
    const token = headers[TOKEN_HEADER];
    // Node reads header bytes as latin1.
    return controller.info(Buffer.from(typeof token === 'string' ? token : '', 'latin1'), `${method} ${url}`);
  }
  if (TEST.test(below)) {
    return controller.test();
  }
  const [, token] = INFO.exec(below) ?? [];
  if (token === undefined) {
    return undefined;
  }
  // Takes broken percent-encoding literally, as a wrong token.
  const decoded = safely(() => decodeURIComponent(token)) ?? token;
  return controller.info(Buffer.from(decoded), `${method} ${url}`);
}
