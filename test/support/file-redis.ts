/** The Redis of a test file: the one at REDIS_URL, else one that is started for the file. */
import { RedisServer } from '../../tools/redis-server.js';
import type { RedisAccess } from './redis.js';

declare global {
  /** See test/environment.mjs. */
  function atEndOfFile(end: () => Promise<void>): void;
}

const url = process.env.REDIS_URL ?? (await startedUrl());

async function startedUrl(): Promise<string> {
  const server = await RedisServer.start();
  atEndOfFile(() => server.stop());
  return server.url;
}

export function redisUrl(): string {
  return url;
}

/** The same, as options. */
export function redisAccess(): RedisAccess {
  const { hostname, port, username, password, pathname, protocol } = new URL(url);
  return {
    host: hostname,
    port: Number(port === '' ? 6379 : port),
    db: Number(pathname.slice(1)),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' ? { tls: {} } : {}),
  };
}
