import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Redis } from 'ioredis';

export const REDIS = Symbol('REDIS');

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The app's one connection to the Redis of the queues. */
@Module({
  providers: [
    {
      provide: REDIS,
      // Heroku's Redis has a self-signed certificate.
      useFactory: () => new Redis(url, url.startsWith('rediss:') ? { tls: { rejectUnauthorized: false } } : {}),
    },
  ],
  exports: [REDIS],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  async onApplicationShutdown(): Promise<void> {
    await this.redis.quit();
  }
}
