import type { IncomingMessage } from 'node:http';
import { HIREFIRE_URL, INFO_ROUTE, TEST_ROUTE, TOKEN_HEADER, TRACE_ROUTE } from '../hirefire.protocol.js';
import { safely } from '../hirefire.unknown.js';
import type { HttpAnswer } from '../http/http-host.js';
import type { HireFireController } from './hirefire.controller.js';

const TEST = new RegExp(`^${TEST_ROUTE}$`, 'i');
const INFO = new RegExp(`^${INFO_ROUTE.replace(':token', '([^/]+)')}$`, 'i');
const TRACE = new RegExp(`^(?:([^/]+)/)?${TRACE_ROUTE}$`, 'i');

/**
 * Answers HireFire's requests; `undefined` for any other, and for methods other than GET and HEAD.
 *
 * @param hasTrace - the option `trace`
 */
export function answerTo(
  request: IncomingMessage,
  controller: HireFireController,
  hasTrace: boolean,
): HttpAnswer | Promise<HttpAnswer> | undefined {
  const { method = '', url = '' } = request;
  const [isOurs, below = ''] = HIREFIRE_URL.exec(url) ?? [];
  if (isOurs === undefined || (method !== 'GET' && method !== 'HEAD')) {
    return undefined;
  }
  if (below === '') {
    return controller.info(tokenOf(request), `${method} ${url}`);
  }
  if (TEST.test(below)) {
    return controller.test();
  }
  const info = INFO.exec(below);
  if (info) {
    return controller.info(tokenOf(request, info[1]), `${method} ${url}`);
  }
  const trace = hasTrace ? TRACE.exec(below) : null;
  return trace ? controller.trace(tokenOf(request, trace[1]), `${method} ${url}`) : undefined;
}

function tokenOf({ headers }: IncomingMessage, inPath?: string): Buffer {
  if (inPath !== undefined) {
    // Takes broken percent-encoding literally, as a wrong token.
    return Buffer.from(safely(() => decodeURIComponent(inPath)) ?? inPath);
  }
  const token = headers[TOKEN_HEADER];
  // Node reads header bytes as latin1.
  return Buffer.from(typeof token === 'string' ? token : '', 'latin1');
}
