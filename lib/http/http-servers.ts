import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** Where Node tells of each connection that a server of the process accepts, before anything of it is read. */
const CONNECTIONS = 'net.server.socket';

/** Two apps can share one instance of Express, and so its server: the first one watches it. */
const watched = new WeakSet<EventEmitter>();

/**
 * Calls back with each HTTP server of the app: at once with the one that Nest made, and with any other that hands its
 * requests to the same listener when it is first connected to. Fastify opens one for every further address of a host
 * name such as localhost, and an app may hand its instance of Express to servers of its own.
 */
export class HttpServers {
  private readonly known = new Set<EventEmitter>();
  private readonly handlers: ReadonlySet<unknown>;

  constructor(
    adapter: AbstractHttpAdapter,
    private readonly onServer: (server: EventEmitter) => void,
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
   * Takes in the server of a request that reached the app by a way of its own, such as a parent app.
   *
   * @returns whether it was not known before, so that nobody has seen this request yet
   */
  isStray(request: IncomingMessage): boolean {
    const server = serverOf(request.socket);
    return server !== undefined && !this.known.has(server) && this.add(server);
  }

  end(): void {
    unsubscribe(CONNECTIONS, this.onConnection);
    this.known.forEach((server) => watched.delete(server));
  }

  private add(server: EventEmitter): boolean {
    if (watched.has(server)) {
      return false;
    }
    watched.add(server);
    this.known.add(server);
    this.onServer(server);
    return true;
  }

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

function serverOf(socket: unknown): EventEmitter | undefined {
  const server: unknown = socket instanceof Socket && 'server' in socket && socket.server;
  return isEmitter(server) ? server : undefined;
}

function isEmitter(value: unknown): value is EventEmitter {
  return value instanceof EventEmitter;
}
