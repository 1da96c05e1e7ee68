import { createHash } from 'node:crypto';

/** A read-only Lua script, sent by its hash. Scripts that run on one client in the same tick share one round trip. */
export class RedisScript {
  readonly sha: string;

  constructor(readonly lua: string) {
    this.sha = createHash('sha1').update(lua).digest('hex');
  }

  async byHash(
    send: (sha: string) => Promise<unknown>,
    sendWhole: (lua: string) => Promise<unknown>,
  ): Promise<unknown> {
    try {
      return await send(this.sha);
    } catch (error) {
      // The server was restarted, or flushed its scripts.
      if (error instanceof Error && error.message.startsWith('NOSCRIPT')) {
        return sendWhole(this.lua);
      }
      throw error;
    }
  }
}
