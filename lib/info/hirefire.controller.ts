import { Inject, Injectable, NotFoundException } from '@nestjs/common';
import { HireFireMeasureError } from '../hirefire.errors.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { ANSWER_HEADERS, TEST_ANSWER } from '../hirefire.protocol.js';
import type { HttpAnswer } from '../http/http-host.js';
import { HireFireService } from '../procs/hirefire.service.js';
import { isToken } from './token.js';

/**
 * Answers HireFire's requests. It has no routes, which a catch-all route or middleware of the app could take: the module passes
 * it HireFire's requests before the app sees them.
 *
 * @example
 * ```ts
 * const endpoints = app.get(HireFireController);
 * ```
 *
 * @publicApi
 */
@Injectable()
export class HireFireController {
  /** @internal */
  constructor(
    private readonly service: HireFireService,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  /** Answers `GET /hirefire/test`, by which HireFire finds the agent. */
  test(): HttpAnswer {
    return answer(200, 'text/html; charset=utf-8', TEST_ANSWER);
  }

  /**
   * Answers with the numbers of all procs: 200, 404 for a wrong token, or 503 when measuring failed.
   *
   * @param token - the request's token
   * @param request - method and URL for the 404, such as `GET /hirefire`
   */
  info(token: Buffer, request: string): Promise<HttpAnswer> {
    return this.answer(token, request, () => this.service.measure());
  }

  /**
   * Answers with the times that jobs waited and took, as {@link info} does with numbers.
   *
   * @internal
   */
  trace(token: Buffer, request: string): Promise<HttpAnswer> {
    return this.answer(token, request, () => this.service.trace());
  }

  private async answer(token: Buffer, request: string, read: () => Promise<unknown>): Promise<HttpAnswer> {
    if (this.options.token === null || !isToken(token, this.options.token)) {
      const exception = new NotFoundException(`Cannot ${request}`);
      return {
        status: exception.getStatus(),
        headers: { 'Content-Type': JSON_TYPE },
        body: JSON.stringify(exception.getResponse()),
      };
    }
    try {
      return answer(200, JSON_TYPE, JSON.stringify(await read()));
    } catch (error) {
      const errors = error instanceof HireFireMeasureError ? error.wireErrors : [];
      return answer(503, JSON_TYPE, JSON.stringify({ errors }));
    }
  }
}

const JSON_TYPE = 'application/json; charset=utf-8';

function answer(status: number, contentType: string, body: string): HttpAnswer {
  return { status, headers: { ...ANSWER_HEADERS, 'Content-Type': contentType }, body };
}
