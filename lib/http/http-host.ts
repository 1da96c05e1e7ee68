import type { IncomingHttpHeaders } from 'node:http';
import { Injectable, NotFoundException } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { EventEmitter } from 'node:events';
import { pathPattern } from '../hirefire.protocol.js';
import { watchServers } from './http-servers.js';

/** What Express's and Fastify's requests have in common. */
export interface HttpRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
}

/** Passes a request on to the routes that come after; Fastify has no such thing. */
export type NextRoute = (() => void) | undefined;

/** What of Fastify is needed to serve a route under a second path. */
interface Fastify {
  readonly initialConfig: TrailingSlashOption & { readonly routerOptions?: TrailingSlashOption };
  addHook(name: 'onRoute', hook: (route: FastifyRoute) => void): unknown;
  route(route: FastifyRoute): unknown;
}

interface FastifyRoute {
  readonly method: string | string[];
  readonly url: string;
}

interface TrailingSlashOption {
  readonly ignoreTrailingSlash?: boolean;
}

/** The controller's routes, as Nest hands them to Fastify. */
const FASTIFY_ROUTES = new RegExp(`^${pathPattern(':token')}$`);

/** The path, without a slash at its end, and the query of a request for one of the controller's routes. */
const EXPRESS_URL = new RegExp(`^(${pathPattern('[^/?]+')})/?(\\?.*)?$`, 'i');

/** The app's HTTP server, with what Express and Fastify each do in their own way made equal for HireFire's requests. */
@Injectable()
export class HttpHost {
  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** Without HTTP, Nest leaves `null` as its adapter, or an empty object. */
  get isThere(): boolean {
    const adapter: unknown = this.adapterHost.httpAdapter;
    return typeof adapter === 'object' && adapter !== null && 'getHttpServer' in adapter;
  }

  /** Calls back with each server of the app; see {@link watchServers}. */
  watchServers(onServer: (server: EventEmitter) => void): () => void {
    return watchServers(this.adapterHost.httpAdapter, onServer);
  }

  /** To be called before Nest registers its routes. */
  prepare(): void {
    const { httpAdapter } = this.adapterHost;
    switch (httpAdapter.getType()) {
      case 'express':
        httpAdapter.use(routeEverySpelling);
        break;
      case 'fastify':
        routeTrailingSlashes(httpAdapter.getInstance<Fastify>());
        break;
    }
  }

  /** Answers through the adapter, where the app's interceptors and filters have nothing to change. */
  answer(
    request: HttpRequest,
    response: unknown,
    status: number,
    headers: Readonly<Record<string, string>>,
    body: string | object,
  ): void {
    const { httpAdapter } = this.adapterHost;
    // An interceptor of the app, such as a time-out, can have been faster.
    if (httpAdapter.isHeadersSent(response) === true) {
      return;
    }
    // Express would answer a 304 to it, which HireFire takes for a failure.
    delete request.headers['if-none-match'];
    for (const [name, value] of Object.entries(headers)) {
      httpAdapter.setHeader(response, name, value);
    }
    httpAdapter.reply(response, body, status);
  }

  /** The answer that a path which does not exist gets, in an app without filters of its own. */
  answerAsUnknownPath(request: HttpRequest, response: unknown, next: NextRoute): void {
    const { httpAdapter } = this.adapterHost;
    if (next && this.#expressAnswersUnknownPaths()) {
      next();
      return;
    }
    const exception = new NotFoundException(
      `Cannot ${httpAdapter.getRequestMethod(request)} ${httpAdapter.getRequestUrl(request)}`,
    );
    this.answer(request, response, exception.getStatus(), {}, exception.getResponse());
  }

  /** Since Nest 12, an Express app with a global prefix has Nest's own 404 below that prefix only. */
  #expressAnswersUnknownPaths(): boolean {
    const { httpAdapter } = this.adapterHost;
    return (
      'registeredPrefixes' in httpAdapter &&
      httpAdapter.registeredPrefixes instanceof Set &&
      httpAdapter.registeredPrefixes.size > 0
    );
  }
}

/**
 * Express answers 400 where a parameter's percent-encoding is broken: read to the letter, it is a wrong token like any.
 * And with strict routing it takes a path with a slash at its end for another path.
 */
function routeEverySpelling(request: { url: string }, _response: unknown, next: () => void): void {
  const [, path, query = ''] = EXPRESS_URL.exec(request.url) ?? [];
  if (path !== undefined) {
    request.url = (isDecodable(path) ? path : path.replaceAll('%', '%25')) + query;
  }
  next();
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** Fastify knows a path with a slash at its end as another path, unless it was told to ignore the slash. */
function routeTrailingSlashes(fastify: Fastify): void {
  const { ignoreTrailingSlash, routerOptions } = fastify.initialConfig;
  if (ignoreTrailingSlash === true || routerOptions?.ignoreTrailingSlash === true) {
    return;
  }
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'GET' && FASTIFY_ROUTES.test(route.url)) {
      fastify.route({ ...route, url: `${route.url}/` });
    }
  });
}
