import { Connection } from '../procs/connection.js';
import { isObject } from '../hirefire.unknown.js';
import { bullMQClient } from './clients/bullmq-client.js';
import { ioredis } from './clients/ioredis.js';
import { nodeRedis } from './clients/node-redis.js';
import type { RedisClient } from './redis-client.js';
import { REDIS_CAUSES } from './redis-failure.js';
import type { RedisScript } from './redis-script.js';

/** A Redis client of the app, and the state of its connection. */
export class RedisConnection extends Connection {
  static readonly #ofClient = new WeakMap<object, RedisConnection>();

  /** The one connection of a client, which several queues may share, watched from now on; `undefined` for anything else. */
  static of(client: unknown): RedisConnection | undefined {
    if (!isObject(client)) {
      return undefined;
    }
    let connection = RedisConnection.#ofClient.get(client);
    // An ioredis within BullMQ's proxy has the methods of both, and is better known as itself.
    const found = connection ? undefined : (ioredis(client) ?? nodeRedis(client) ?? bullMQClient(client));
    if (found) {
      connection = new RedisConnection(found);
      RedisConnection.#ofClient.set(client, connection);
    }
    return connection;
  }

  private constructor(readonly client: RedisClient) {
    const isOpen = (): boolean => client.status === 'ready' || client.status === 'wait';
    super('Redis', REDIS_CAUSES, isOpen, client.status === 'ready');
    client.watch(this);
    if (client.status === 'end') {
      this.lost(true);
    }
  }

  /** @param keys - on a Cluster all of one slot */
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return this.send(() => this.client.run(script, keys, args));
  }
}
