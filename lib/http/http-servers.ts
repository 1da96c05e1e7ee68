import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** Where Node tells of each connection that a server of the process accepts, before anything of it is read. */
const CONNECTIONS = 'net.server.socket';

/**
 * Calls back with each HTTP server of the app: at once with the one that Nest made, and with any other that hands its
 * requests to the same listener when it is first connected to. Fastify opens one for every further address of a host
 * name such as localhost, and an app may hand its instance of Express to servers of its own.
 *
 * @returns ends it
 */
export function watchServers(adapter: AbstractHttpAdapter, onServer: (server: EventEmitter) => void): () => void {
  const nests: unknown = adapter.getHttpServer();
  const handlers = new Set<unknown>([adapter.getInstance()]);
  const known = new WeakSet<EventEmitter>();
  const add = (server: EventEmitter): void => {
    known.add(server);
    onServer(server);
  };
  if (isEmitter(nests)) {
    nests.listeners('request').forEach((handler) => handlers.add(handler));
    add(nests);
  }

  const onConnection = (message: unknown): void => {
    const server = serverOf(message);
    if (server && !known.has(server) && server.listeners('request').some((handler) => handlers.has(handler))) {
      add(server);
    }
  };
  subscribe(CONNECTIONS, onConnection);
  return () => void unsubscribe(CONNECTIONS, onConnection);
}

function serverOf(message: unknown): EventEmitter | undefined {
  const socket = typeof message === 'object' && message !== null && 'socket' in message && message.socket;
  const server: unknown = socket instanceof Socket && 'server' in socket && socket.server;
  return isEmitter(server) ? server : undefined;
}

function isEmitter(value: unknown): value is EventEmitter {
  return value instanceof EventEmitter;
}
