/** The app of the jobs contract on a Redis, with what only a Redis has. */
import type { HireFireModuleOptions } from '../../../lib/index.js';
import type { RedisServer } from '../../../tools/redis-server.js';
import type { RedisAccess } from '../../support/redis.js';
import { TestApp } from '../jobs/app.js';
import type { RedisDriver, RedisLink, RedisTestQueue } from './driver.js';

export class RedisTestApp<Q> extends TestApp<Q, RedisServer> {
  declare mail: RedisTestQueue<Q>;
  declare images: RedisTestQueue<Q>;
  declare link: RedisLink;

  constructor(private readonly redisDriver: RedisDriver<Q>) {
    super(redisDriver);
  }

  async startOn(
    redis: Partial<RedisAccess>,
    options: HireFireModuleOptions,
    extras: { readonly latency?: boolean } = {},
  ): Promise<void> {
    const access = { host: '127.0.0.1', port: this.broker.port, ...redis };
    const metadata = { imports: this.redisDriver.module(access, 'mail', 'images') };
    await this.start(options, { ...extras, metadata });
  }
}
