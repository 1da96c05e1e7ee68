import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { hasMethod } from '../hirefire.unknown.js';
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

/** Hides the differences between Express and Fastify. */
@Injectable()
export class HttpHost {
  private onArrival: ((request: IncomingMessage) => void) | undefined;

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  /** True if the app has HTTP; without it, Nest's adapter is `null` or an empty object. */
  get isThere(): boolean {
    return hasMethod(this.adapterHost.httpAdapter, 'getHttpServer');
  }

  /**
   * Calls back with every request and upgrade that reaches the app through any of its servers, before other listeners see it. The
   * result ends the watch.
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
   * Answers requests before the app's middleware, routes, guards, interceptors and filters. It is a middleware, of Express or of the
   * engine that Nest adds to Fastify: call this before Nest registers others. The door leaves a request to the app by `undefined`.
   */
  openFrontDoor(door: (request: IncomingMessage) => HttpAnswer | Promise<HttpAnswer> | undefined): void {
    this.adapterHost.httpAdapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      this.onArrival?.(request);
      const answer = door(request);
      if (answer === undefined) {
        next();
      } else {
        void Promise.resolve(answer).then((settled) => send(response, settled));
      }
    });
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  // A time-out of the app may have answered first.
  if (!response.headersSent) {
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  }
}
