import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ServerWatch } from './server-watch.js';

/** Where Node tells of each connection that a server of the process accepts, before anything of it is read. */
const CONNECTIONS = 'net.server.socket';

/** Two apps can share one instance of Express, and so its server: the first one watches it, until it ends. */
const sharers = new WeakMap<EventEmitter, Set<HttpServers>>();

/**
 * Calls back with each request of each HTTP server of the app: of the one that Nest made, and of any other that hands its
 * requests to the same listener, from when it is first connected to. Fastify opens one for every further address of a host
 * name such as localhost, and an app may hand its instance of Express to servers of its own.
 */
export class HttpServers {
  private readonly known = new Set<EventEmitter>();
  /** Servers whose first requests got here before anybody watched them, and the requests of these that were seen. */
  private readonly strays = new WeakSet<EventEmitter>();
  private readonly seen = new WeakSet<IncomingMessage>();
  private readonly watches: ServerWatch[] = [];
  private readonly handlers: ReadonlySet<unknown>;

  constructor(
    adapter: AbstractHttpAdapter,
    private readonly onRequest: (request: IncomingMessage) => void,
  ) {
    const nests: unknown = adapter.getHttpServer();
    const listeners = isEmitter(nests) ? nests.listeners('request') : [];
    this.handlers = new Set<unknown>([adapter.getInstance(), ...listeners]);
    if (isEmitter(nests)) {
      this.add(nests);
    }
    subscribe(CONNECTIONS, this.onConnection);
  }

  /**
   * Tells of a request that has reached the app, unless it was told of when it reached its server: the first ones that come by a
   * way of their own, such as a parent app. Takes in their server.
   */
  onArrival(request: IncomingMessage): void {
    const server = serverOf(request.socket);
    if (server === undefined) {
      return;
    }
    if (!this.known.has(server)) {
      this.strays.add(server);
      this.add(server);
    }
    if (this.strays.has(server) && firstOf(server) === this && !this.seen.has(request)) {
      this.onStray(request);
    }
  }

  end(): void {
    unsubscribe(CONNECTIONS, this.onConnection);
    this.watches.forEach((watch) => watch.end());
    for (const server of this.known) {
      const wasFirst = firstOf(server) === this;
      sharers.get(server)?.delete(this);
      if (wasFirst) {
        firstOf(server)?.watch(server);
      }
    }
  }

  private add(server: EventEmitter): void {
    this.known.add(server);
    sharers.set(server, (sharers.get(server) ?? new Set()).add(this));
    if (firstOf(server) === this) {
      this.watch(server);
    }
  }

  private watch(server: EventEmitter): void {
    this.watches.push(new ServerWatch(server, this.strays.has(server) ? this.onStray : this.onRequest));
  }

  private readonly onStray = (request: IncomingMessage): void => {
    this.seen.add(request);
    this.onRequest(request);
  };

  private readonly onConnection = (message: unknown): void => {
    const server = serverOf(typeof message === 'object' && message !== null && 'socket' in message && message.socket);
    if (
      server &&
      !this.known.has(server) &&
      server.listeners('request').some((handler) => this.handlers.has(handler))
    ) {
      this.add(server);
    }
  };
}

function firstOf(server: EventEmitter): HttpServers | undefined {
  return sharers.get(server)?.values().next().value;
}

function serverOf(socket: unknown): EventEmitter | undefined {
  const server: unknown = socket instanceof Socket && 'server' in socket && socket.server;
  return isEmitter(server) ? server : undefined;
}

function isEmitter(value: unknown): value is EventEmitter {
  return value instanceof EventEmitter;
}
