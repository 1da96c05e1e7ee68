import { createHash } from 'node:crypto';
import { isIoredis, isNodeRedis, type CommandClient, type RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

/** A read-only Lua script, sent by its hash. Scripts run on one client in the same tick share one round trip. */
export class RedisScript {
  readonly #sha: string;
  /** The commands that each client was given for it. */
  readonly #defined = new WeakMap<CommandClient, Set<string>>();

  constructor(private readonly lua: string) {
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  /**
   * @param client - the queue's own client
   * @param keys - on a Cluster all of one slot
   */
  run(client: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    return RedisConnection.of(client).send(async () => {
      if (!isIoredis(client) && !isNodeRedis(client)) {
        return client.runCommand(this.#commandOf(client, keys.length), [...keys, ...args]);
      }
      const nodeRedis = { keys: [...keys], arguments: args.map(String) };
      try {
        return await (isIoredis(client)
          ? client.evalsha(this.#sha, keys.length, ...keys, ...args)
          : client.evalSha(this.#sha, nodeRedis));
      } catch (error) {
        // A server that was restarted or flushed its scripts.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) {
          throw error;
        }
        return isIoredis(client)
          ? client.eval(this.lua, keys.length, ...keys, ...args)
          : client.eval(this.lua, nodeRedis);
      }
    });
  }

  #commandOf(client: CommandClient, numberOfKeys: number): string {
    const name = `nestjs-hirefire:${this.#sha}:${numberOfKeys}`;
    const defined = this.#defined.get(client) ?? new Set();
    if (!defined.has(name)) {
      client.defineCommand(name, { lua: this.lua, numberOfKeys });
      this.#defined.set(client, defined.add(name));
    }
    return name;
  }
}
