import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';

type OnRequest = (request: IncomingMessage) => void;

/** Upgrades that were seen: Fastify's further servers hand theirs on to the first one. */
const upgrades = new WeakSet<IncomingMessage>();

/** Sees every request of one server before anybody else does. */
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
    // A new one each time: whoever has taken the last one off may call it all the same.
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

  // A server without any listener for upgrades answers them as plain requests: ours alone would leave them hanging.
  readonly #onNewListener = (event: string | symbol, listener: unknown): void => {
    if (event === 'upgrade' && listener !== this.#upgradeListener && this.server.listenerCount('upgrade') === 0) {
      this.server.prependListener('upgrade', this.#upgradeListener);
    }
  };

  readonly #onRemoveListener = (event: string | symbol, listener: unknown): void => {
    if (event === 'request' && listener === this.#listener) {
      // Socket.IO takes all listeners off and calls them for the requests that it leaves to others, not for its own.
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
