import type { Redis } from 'ioredis';
import type { ConnectionOptions as TlsOptions } from 'node:tls';

/** Where a Redis is, in the words of ioredis and of every library that is built on it. */
export interface RedisAccess {
  readonly host: string;
  readonly port: number;
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
}

/** The Redis that `npm test` runs against: the one given, or the one that was started for the run. */
export function redisUrl(): string {
  const url = process.env.REDIS_URL;
  if (url === undefined) {
    throw new Error('REDIS_URL is not set: run the tests with "npm test" or "npm run jest"');
  }
  return url;
}

/** The same, as options. */
export function redisAccess(): RedisAccess {
  const { hostname, port, username, password, pathname, protocol } = new URL(redisUrl());
  return {
    host: hostname,
    port: Number(port === '' ? 6379 : port),
    db: Number(pathname.slice(1)),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}

/** Every key of a server, and what is in it. */
export async function contentsOf(redis: Redis): Promise<readonly (readonly [key: string, content: Buffer])[]> {
  const keys = (await redis.keys('*')).sort();
  return Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
}
