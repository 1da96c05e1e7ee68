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

/** Answers one of HireFire's requests, or leaves a request to the app by `undefined`. */
export type FrontDoor = (request: IncomingMessage) => HttpAnswer | Promise<HttpAnswer> | undefined;

/** The part of Fastify that is used here. */
interface Fastify {
  addHook(
    name: 'onRequest',
    hook: (
      request: { readonly raw: IncomingMessage },
      reply: { readonly raw: ServerResponse },
      done: () => void,
    ) => void,
  ): unknown;
}

/** Hides the differences between Express and Fastify. */
@Injectable()
export class HttpHost {
  private onArrival: ((request: IncomingMessage) => void) | undefined;
  private isOpen = false;

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
   * Answers requests before the app's hooks, routes, guards, interceptors and filters, where the adapter is Fastify and there
   * already: call this in a constructor, before `main.ts` adds hooks. It does nothing otherwise.
   */
  openFrontDoor(door: FrontDoor): void {
    if (this.isThere && this.adapterHost.httpAdapter.getType() === 'fastify') {
      const fastify = this.adapterHost.httpAdapter.getInstance<Fastify>();
      fastify.addHook('onRequest', ({ raw: request }, { raw: response }, done) => {
        this.pass(door, request, response, done);
      });
      this.isOpen = true;
    }
  }

  /**
   * Answers requests before the app's middleware too: call this before Nest registers it. An app without middleware on Fastify gets
   * none of ours either, because the first one starts Nest's middleware engine, which takes more time than all that is done here.
   */
  openBeforeMiddleware(door: FrontDoor, hasMiddleware: boolean): void {
    if (hasMiddleware || !this.isOpen) {
      this.adapterHost.httpAdapter.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        this.pass(door, request, response, next);
      });
    }
  }

  private pass(door: FrontDoor, request: IncomingMessage, response: ServerResponse, next: () => void): void {
    this.onArrival?.(request);
    const answer = door(request);
    if (answer === undefined) {
      next();
    } else {
      void Promise.resolve(answer).then((settled) => send(response, settled));
    }
  }
}

function send(response: ServerResponse, { status, headers, body }: HttpAnswer): void {
  // A time-out of the app may have answered first.
  if (!response.headersSent) {
    response.writeHead(status, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    response.end(body);
  }
}
