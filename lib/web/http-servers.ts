import { EventEmitter } from 'node:events';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** What of Fastify is needed to find its servers. */
interface Fastify {
  addHook(name: 'onListen', hook: (done: () => void) => void): unknown;
}

/**
 * Calls back with each HTTP server of the app: the one that Nest knows at once, and, once the app listens, those that
 * Fastify opens for every further address of a host name such as localhost.
 */
export function serversOf(adapter: AbstractHttpAdapter, onServer: (server: EventEmitter) => void): void {
  const server: unknown = adapter.getHttpServer();
  if (isServer(server)) {
    onServer(server);
  }
  if (adapter.getType() === 'fastify') {
    const fastify = adapter.getInstance<Fastify>();
    fastify.addHook('onListen', (done) => {
      furtherServersOf(fastify).forEach(onServer);
      done();
    });
  }
}

/** Fastify keeps them under a symbol of its own, and shows their addresses only. */
function furtherServersOf(fastify: object): EventEmitter[] {
  const key = Object.getOwnPropertySymbols(fastify).find(({ description }) => description === 'fastify.serverBindings');
  const bindings: unknown = key && Reflect.get(fastify, key);
  return Array.isArray(bindings) ? bindings.filter(isServer) : [];
}

function isServer(value: unknown): value is EventEmitter {
  return value instanceof EventEmitter;
}
