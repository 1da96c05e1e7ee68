import { Controller, Get, Inject, Next, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { HireFireMeasureError } from '../hirefire.errors.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import {
  ANSWER_HEADERS,
  HIREFIRE_PATH,
  INFO_ROUTE,
  TEST_ANSWER,
  TEST_ROUTE,
  TOKEN_HEADER,
} from '../hirefire.protocol.js';
import { HireFireService } from '../procs/hirefire.service.js';
import { HttpHost, type HttpRequest, type NextRoute } from '../http/http-host.js';
import { isToken } from './token.js';

/**
 * The endpoints that HireFire asks. It answers through the HTTP adapter and never throws, so that the interceptors and
 * filters of the app have nothing to change.
 *
 * @example
 * ```ts
 * const endpoints = app.get(HireFireController);
 * ```
 *
 * @publicApi
 */
@Controller({ path: HIREFIRE_PATH, version: VERSION_NEUTRAL })
export class HireFireController {
  /** @internal */
  constructor(
    private readonly service: HireFireService,
    private readonly host: HttpHost,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  /** Tells HireFire, and you, that the agent is there. */
  @Get(TEST_ROUTE)
  test(@Req() request: HttpRequest, @Res() response: unknown): void {
    this.#answer(request, response, 200, 'text/html; charset=utf-8', TEST_ANSWER);
  }

  /** The numbers of all procs, for whoever knows the token. */
  @Get(INFO_ROUTE)
  async infoByPath(@Req() request: HttpRequest, @Res() response: unknown, @Next() next: NextRoute): Promise<void> {
    await this.#info(request, response, next, Buffer.from(request.params.token ?? ''));
  }

  /** The same, with the token in a header, where it stays out of URLs and logs. */
  @Get()
  async infoByHeader(@Req() request: HttpRequest, @Res() response: unknown, @Next() next: NextRoute): Promise<void> {
    const token = request.headers[TOKEN_HEADER];
    // Node reads header bytes as latin1.
    await this.#info(request, response, next, Buffer.from(typeof token === 'string' ? token : '', 'latin1'));
  }

  async #info(request: HttpRequest, response: unknown, next: NextRoute, candidate: Buffer): Promise<void> {
    if (this.options.token === null || !isToken(candidate, this.options.token)) {
      this.host.answerAsUnknownPath(request, response, next);
      return;
    }
    try {
      this.#answerJson(request, response, 200, await this.service.measure());
    } catch (error) {
      const errors = error instanceof HireFireMeasureError ? error.errors : [];
      this.#answerJson(request, response, 503, { errors });
    }
  }

  #answerJson(request: HttpRequest, response: unknown, status: number, body: object): void {
    this.#answer(request, response, status, 'application/json; charset=utf-8', JSON.stringify(body));
  }

  #answer(request: HttpRequest, response: unknown, status: number, contentType: string, body: string): void {
    this.host.answer(request, response, status, { ...ANSWER_HEADERS, 'Content-Type': contentType }, body);
  }
}
