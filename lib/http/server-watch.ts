import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

type OnRequest = (request: IncomingMessage) => void;

/** Reported upgrades: Fastify's further servers pass theirs on to the first one. */
const upgrades = new WeakSet<IncomingMessage>();

/** Sees every request of one server before its other listeners. */
export class ServerWatch {
  #listener: OnRequest | undefined;

  constructor(
    private readonly server: EventEmitter,
    private readonly onRequest: OnRequest,
  ) {
    this.#prepend();
    if (server.listenerCount('upgrade') > 0) {
      server.prependListener('upgrade', this.#upgradeListener);
    }
    server.on('newListener', this.#onNewListener);
    server.on('removeListener', this.#onRemoveListener);
  }

  end(): void {
    const listener = this.#listener;
    this.#listener = undefined;
    this.server.off('newListener', this.#onNewListener);
    this.server.off('removeListener', this.#onRemoveListener);
    this.server.off('upgrade', this.#upgradeListener);
    if (listener) {
      this.server.off('request', listener);
    }
  }

  #prepend(): void {
    // A new one each time, because the code that removed the last one may still call it.
    const listener: OnRequest = (request) => {
      if (listener === this.#listener) {
        this.onRequest(request);
      }
    };
    this.#listener = listener;
    this.server.prependListener('request', listener);
  }

  readonly #upgradeListener: OnRequest = (request) => {
    if (this.#listener && !upgrades.has(request)) {
      upgrades.add(request);
      this.onRequest(request);
    }
  };

  // A server without a listener for upgrades answers them as plain requests; with ours alone they would hang.
  readonly #onNewListener = (event: string | symbol, listener: unknown): void => {
    if (event === 'upgrade' && listener !== this.#upgradeListener && this.server.listenerCount('upgrade') === 0) {
      this.server.prependListener('upgrade', this.#upgradeListener);
    }
  };

  readonly #onRemoveListener = (event: string | symbol, listener: unknown): void => {
    if (event === 'request' && listener === this.#listener) {
      // Socket.IO removes all listeners, and calls them only for requests that are not its own.
      process.nextTick(() => {
        if (listener === this.#listener) {
          this.#prepend();
        }
      });
    }
    if (event === 'upgrade' && this.server.listeners('upgrade').every((other) => other === this.#upgradeListener)) {
      this.server.off('upgrade', this.#upgradeListener);
    }
  };
}
