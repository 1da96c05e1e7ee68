import { Controller, Get, Inject, NotFoundException, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HireFireMeasureError } from '../hirefire.errors.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { ANSWER_HEADERS, HIREFIRE_PATH, TEST_ANSWER, TOKEN_HEADER } from '../hirefire.protocol.js';
import { HireFireService } from '../procs/hirefire.service.js';
import { isToken } from './token.js';

/** What Express's and Fastify's requests have in common. */
interface HttpRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * The endpoints that HireFire asks. It answers through the HTTP adapter and never throws, so that the interceptors and
 * filters of the app have nothing to change.
 *
 * @publicApi
 */
@Controller({ path: HIREFIRE_PATH, version: VERSION_NEUTRAL })
export class HireFireController {
  constructor(
    private readonly service: HireFireService,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {}

  // Nest strips one slash off the end of a path: the second one leaves a trailing slash, which Fastify wants spelled out.
  /** Tells HireFire, and you, that the agent is there. */
  @Get(['test', 'test//'])
  test(@Res() response: unknown): void {
    this.#answer(response, 200, 'text/html; charset=utf-8', TEST_ANSWER);
  }

  /** The numbers of all procs, for whoever knows the token. */
  @Get([':token/info', ':token/info//'])
  async infoByPath(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
    await this.#info(request, response, Buffer.from(request.params.token ?? ''));
  }

  /** The same, with the token in a header, where it stays out of URLs and logs. */
  @Get(['', '//'])
  async infoByHeader(@Req() request: HttpRequest, @Res() response: unknown): Promise<void> {
    const token = request.headers[TOKEN_HEADER];
    // Node reads header bytes as latin1.
    await this.#info(request, response, Buffer.from(typeof token === 'string' ? token : '', 'latin1'));
  }

  async #info(request: HttpRequest, response: unknown, candidate: Buffer): Promise<void> {
    if (this.options.token === null || !isToken(candidate, this.options.token)) {
      this.#answerAsUnknownPath(request, response);
      return;
    }
    try {
      this.#answerJson(response, 200, await this.service.measure());
    } catch (error) {
      const errors = error instanceof HireFireMeasureError ? error.errors : [];
      this.#answerJson(response, 503, { errors });
    }
  }

  #answerJson(response: unknown, status: number, body: object): void {
    this.#answer(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
  }

  #answer(response: unknown, status: number, contentType: string, body: string): void {
    const { httpAdapter } = this.adapterHost;
    for (const [name, value] of Object.entries({ ...ANSWER_HEADERS, 'Content-Type': contentType })) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }

  /** The answer Nest gives a path that does not exist, in an app without filters of its own. */
  #answerAsUnknownPath(request: HttpRequest, response: unknown): void {
    const { httpAdapter } = this.adapterHost;
    const exception = new NotFoundException(
      `Cannot ${httpAdapter.getRequestMethod(request)} ${httpAdapter.getRequestUrl(request)}`,
    );
    httpAdapter.reply(response, exception.getResponse(), exception.getStatus());
  }
}
