import type { RedisClient } from './redis-client.js';

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Watches a client that belongs to a queue, and never asks a server that is known to be away: ioredis keeps commands
 * while it is offline, so they would pile up and settle long after anyone cares.
 */
export class RedisConnection {
  static readonly #ofClient = new WeakMap<RedisClient, RedisConnection>();

  #wasReady: boolean;
  #lastError: string | undefined;
  readonly #waiting = new Set<Waiting>();
  readonly #inFlight = new Set<Waiting['reject']>();

  /** The one watcher of a client, which several queues may share. */
  static of(client: RedisClient): RedisConnection {
    const known = RedisConnection.#ofClient.get(client);
    if (known) {
      return known;
    }
    const connection = new RedisConnection(client);
    RedisConnection.#ofClient.set(client, connection);
    return connection;
  }

  private constructor(private readonly client: RedisClient) {
    this.#wasReady = client.status === 'ready';
    client.on('ready', () => {
      this.#wasReady = true;
      this.#settle(this.#waiting, ({ resolve }) => resolve());
    });
    client.on('error', ({ message }) => {
      this.#lastError = message;
    });
    client.on('close', () => this.#settle(this.#inFlight, (reject) => reject(this.#away())));
    client.on('end', () => this.#settle(this.#waiting, ({ reject }) => reject(this.#away())));
  }

  /**
   * Sends a command. A connection that was never made yet is waited for; one that was lost rejects at once, also while
   * the command is under way.
   */
  async send<T>(command: () => Promise<T>): Promise<T> {
    await this.#ready();
    const answer = await new Promise<T>((resolve, reject) => {
      this.#inFlight.add(reject);
      command()
        .then(resolve, reject)
        .finally(() => this.#inFlight.delete(reject));
    });
    // Not when ready: ioredis reports a refused login first, and then that it is ready.
    this.#lastError = undefined;
    return answer;
  }

  async #ready(): Promise<void> {
    // A lazy client, in status "wait", connects with its first command.
    if (this.client.status === 'ready' || this.client.status === 'wait') {
      return;
    }
    if (this.#wasReady || this.client.status === 'end') {
      throw this.#away();
    }
    await new Promise<void>((resolve, reject) => this.#waiting.add({ resolve, reject }));
  }

  #away(): Error {
    const cause = this.#lastError === undefined ? '' : `: ${this.#lastError}`;
    return new Error(`the connection to Redis is down${cause}`);
  }

  #settle<T>(all: Set<T>, settle: (one: T) => void): void {
    const now = [...all];
    all.clear();
    now.forEach(settle);
  }
}
