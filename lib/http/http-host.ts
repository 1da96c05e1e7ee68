import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { hasMethod, propertyOf, safely } from '../hirefire.unknown.js';
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

/** Answers one of HireFire's requests, or leaves a request to the app by `undefined`. */
export type FrontDoor = (request: IncomingMessage) => HttpAnswer | Promise<HttpAnswer> | undefined;

type OnRequest = (
  request: { readonly raw: IncomingMessage },
  reply: { readonly raw: ServerResponse },
  done: () => void,
) => void;

/** Hides the differences between Express and Fastify. */
@Injectable()
export class HttpHost {
  private onArrival: ((request: IncomingMessage) => void) | undefined;
  private door: FrontDoor | undefined;
  private hasHook = false;

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
   * Makes the front door on Fastify a hook, which comes before those that `main.ts` adds: call this in a constructor. On other
   * adapters, and for a module that is loaded lazily into a Fastify that has started, it does nothing.
   */
  placeFrontDoor(): void {
    const { httpAdapter } = this.adapterHost;
    if (hasMethod(httpAdapter, 'getType') && httpAdapter.getType() === 'fastify') {
      const fastify = httpAdapter.getInstance<{ addHook(name: 'onRequest', hook: OnRequest): unknown }>();
      // Instruments for tracing show its name.
      const hireFire: OnRequest = (request, reply, done) => this.pass(request.raw, reply.raw, done);
      this.hasHook = safely(() => fastify.addHook('onRequest', hireFire)) !== undefined;
    }
  }

  /**
   * Answers requests before the app's middleware, routes, guards, interceptors and filters: call this before Nest registers
   * middleware. An app without middleware on Fastify gets none here, because the first one starts Nest's middleware engine, which
   * takes more time than all that is done here. An app whose start has failed leaves its hook in an adapter, but never gets here.
   */
  openFrontDoor(door: FrontDoor, hasMiddleware: boolean): void {
    this.door = door;
    if (hasMiddleware || !this.hasHook) {
      this.adapterHost.httpAdapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        this.pass(request, response, next);
      });
    }
  }

  private pass(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    this.onArrival?.(request);
    const answer = this.door?.(request);
    if (answer === undefined) {
      next();
      return;
    }
    if (isTakenHandshake(request)) {
      // Without a listener, a client that goes away would end the process.
      request.socket.on('error', () => undefined);
    }
    void Promise.resolve(answer).then((settled) => send(request, response, settled));
  }
}

/** True for a handshake that Node handed to a listener, such as Fastify's plugin for WebSockets, which passes it on to the routes. */
function isTakenHandshake(request: IncomingMessage): boolean {
  return propertyOf(request, 'upgrade') === true;
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  // A time-out of the app may have answered first.
  if (response.headersSent) {
    return;
  }
  const isTaken = isTakenHandshake(request);
  response.writeHead(status, {
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    ...(isTaken && { Connection: 'close' }),
  });
  // Some servers refuse a body here.
  response.end(request.method === 'HEAD' ? '' : body, () => {
    // Node leaves its socket open.
    if (isTaken) {
      request.socket.destroySoon();
    }
  });
}
