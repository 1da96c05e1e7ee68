/** The Redis of REDIS_URL; the run touches only its own keys. */
import { Redis } from 'ioredis';

/** Connects long enough to do one thing. */
async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    // Heroku's Redis has a self-signed certificate.
    ...(url.startsWith('rediss:') && { tls: { rejectUnauthorized: false } }),
  });
  let reason = '';
  redis.on('error', (error: Error) => (reason = error.message));
  try {
    await redis.connect();
    return await use(redis);
  } catch (error) {
    throw new Error(`The Redis of REDIS_URL does not answer: ${reason || String(error)}`, { cause: error });
  } finally {
    redis.disconnect();
  }
}

/** @throws Error when it does not answer */
export async function checkRedis(url: string): Promise<void> {
  await withRedis(url, (redis) => redis.ping());
}

/** Removes the keys of a run. */
export async function removeKeys(url: string, prefix: string): Promise<void> {
  await withRedis(url, async (redis) => {
    for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 })) {
      if (Array.isArray(keys) && keys.length > 0) {
        await redis.unlink(...keys.map(String));
      }
    }
  });
}
