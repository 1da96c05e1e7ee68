import { createHash } from 'node:crypto';
import type { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

/** A read-only Lua script, sent by its hash. Scripts run on one client in the same tick share one round trip. */
export class RedisScript {
  readonly #sha: string;

  constructor(private readonly lua: string) {
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  /**
   * @param client - the queue's own client
   * @param keys - on a Cluster all of one slot
   */
  run(client: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return RedisConnection.of(client).send(async () => {
      try {
        return await client.evalsha(this.#sha, keys.length, ...keys, ...args);
      } catch (error) {
        // A server that was restarted or flushed its scripts.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) {
          throw error;
        }
        return client.eval(this.lua, keys.length, ...keys, ...args);
      }
    });
  }
}
