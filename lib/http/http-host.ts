import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { HttpServers } from './http-servers.js';

/**
 * An answer to one of HireFire's requests.
 *
 * @example
 * ```ts
 * const answer: HttpAnswer = app.get(HireFireController).test();
 * ```
 *
 * @publicApi
 */
export interface HttpAnswer {
  /** The status code. */
  readonly status: number;
  /** The headers, without `Content-Length`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, sent as UTF-8. */
  readonly body: string;
}

/** Answers a request, or leaves it to the app with `undefined`. */
export type FrontDoor = (request: IncomingMessage) => HttpAnswer | Promise<HttpAnswer> | undefined;

/** The app's HTTP: Express and Fastify made equal. */
@Injectable()
export class HttpHost {
  private onArrival: ((request: IncomingMessage) => void) | undefined;

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** Without HTTP, Nest leaves `null` as its adapter, or an empty object. */
  get isThere(): boolean {
    const adapter: unknown = this.adapterHost.httpAdapter;
    return typeof adapter === 'object' && adapter !== null && 'getHttpServer' in adapter;
  }

  /**
   * Calls back with every request that reaches the app, by whatever server, before anybody else sees it, and with every upgrade.
   *
   * @returns ends it
   */
  watchRequests(onRequest: (request: IncomingMessage) => void): () => void {
    const servers = new HttpServers(this.adapterHost.httpAdapter, onRequest);
    this.onArrival = (request) => servers.onArrival(request);
    return () => {
      this.onArrival = undefined;
      servers.end();
    };
  }

  /**
   * Answers requests before the app's middleware, routes, guards, interceptors and filters: a middleware of Express, on Fastify of
   * the engine that Nest gives it. To be called before Nest registers any of those.
   */
  openFrontDoor(door: FrontDoor): void {
    this.adapterHost.httpAdapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      this.onArrival?.(request);
      const answer = door(request);
      if (answer === undefined) {
        next();
      } else {
        void Promise.resolve(answer).then((whole) => send(response, whole));
      }
    });
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  // A time-out of the app's own can have been faster.
  if (!response.headersSent) {
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  }
}
