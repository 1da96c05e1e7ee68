import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { propertyOf } from '../hirefire.unknown.js';
import { ServerWatch } from './server-watch.js';

/** Node publishes each accepted connection here, before it reads from it. */
const CONNECTIONS = 'net.server.socket';

/** Apps that share a server, as two with one instance of Express do: the first one watches it, until it ends. */
const watchersOf = new WeakMap<EventEmitter, Set<HttpServers>>();

/**
 * Calls back with each request of every HTTP server of the app: the one that Nest made, and, from their first connection on,
 * others with the same listener. Fastify opens one more per address of a host name such as localhost, and an app may pass its
 * instance of Express to further servers.
 */
export class HttpServers {
  private readonly known = new Set<EventEmitter>();
  /** Servers whose first requests arrived before their watch began. */
  private readonly lateServers = new WeakSet<EventEmitter>();
  /** Requests of late servers that were reported. */
  private readonly reported = new WeakSet<IncomingMessage>();
  private readonly watches: ServerWatch[] = [];
  private readonly handlers: ReadonlySet<unknown>;

  constructor(
    adapter: AbstractHttpAdapter,
    private readonly onRequest: (request: IncomingMessage) => void,
  ) {
    const nestServer: unknown = adapter.getHttpServer();
    const listeners = isEmitter(nestServer) ? nestServer.listeners('request') : [];
    this.handlers = new Set<unknown>([adapter.getInstance(), ...listeners]);
    if (isEmitter(nestServer)) {
      this.add(nestServer);
    }
    subscribe(CONNECTIONS, this.onConnection);
  }

  /**
   * Reports a request that has reached the app, unless its server's watch has reported it, and starts to watch the server. The first
   * requests through a parent app, for instance, arrive like this.
   */
  onArrival(request: IncomingMessage): void {
    const server = serverOf(request.socket);
    if (server === undefined) {
      return;
    }
    if (!this.known.has(server)) {
      this.lateServers.add(server);
      this.add(server);
    }
    if (this.lateServers.has(server) && firstOf(server) === this && !this.reported.has(request)) {
      this.onLateRequest(request);
    }
  }

  end(): void {
    unsubscribe(CONNECTIONS, this.onConnection);
    this.watches.forEach((watch) => watch.end());
    for (const server of this.known) {
      const wasFirst = firstOf(server) === this;
      watchersOf.get(server)?.delete(this);
      if (wasFirst) {
        firstOf(server)?.watch(server);
      }
    }
  }

  private add(server: EventEmitter): void {
    this.known.add(server);
    watchersOf.set(server, (watchersOf.get(server) ?? new Set()).add(this));
    if (firstOf(server) === this) {
      this.watch(server);
    }
  }

  private watch(server: EventEmitter): void {
    this.watches.push(new ServerWatch(server, this.lateServers.has(server) ? this.onLateRequest : this.onRequest));
  }

  private readonly onLateRequest = (request: IncomingMessage): void => {
    this.reported.add(request);
    this.onRequest(request);
  };

  private readonly onConnection = (message: unknown): void => {
    const server = serverOf(propertyOf(message, 'socket'));
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
  return watchersOf.get(server)?.values().next().value;
}

function serverOf(socket: unknown): EventEmitter | undefined {
  const server = socket instanceof Socket ? propertyOf(socket, 'server') : undefined;
  return isEmitter(server) ? server : undefined;
}

function isEmitter(value: unknown): value is EventEmitter {
  return value instanceof EventEmitter;
}
