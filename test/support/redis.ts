import type { Redis } from 'ioredis';
import type { ConnectionOptions as TlsOptions } from 'node:tls';

/** The address of a Redis, in the options of ioredis and of every library that is built on it. */
export interface RedisAccess {
  readonly host: string;
  readonly port: number;
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
}

/** Every key of a server, and what is in it. */
export async function contentsOf(redis: Redis): Promise<readonly (readonly [key: string, content: Buffer])[]> {
  const keys = (await redis.keys('*')).sort();
  return Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
}
