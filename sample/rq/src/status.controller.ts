import { Controller, Get, Inject } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { REDIS } from './redis.module.js';

/** `GET /`: how many jobs of each queue are queued, started and failed. */
@Controller()
export class StatusController {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  @Get()
  async status(): Promise<Record<string, object>> {
    const counts = ['high', 'default', 'low'].map(async (queue) => {
      const [queued, started, failed] = await Promise.all([
        this.redis.llen(`rq:queue:${queue}`),
        this.redis.zcard(`rq:wip:${queue}`),
        this.redis.zcard(`rq:failed:${queue}`),
      ]);
      return [queue, { queued, started, failed }] as const;
    });
    return Object.fromEntries(await Promise.all(counts));
  }
}
