/** The queues of libraries that keep them in lists, by the commands that these libraries send. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { HireFireProc } from '../../lib/index.js';
import { RedisListProc } from '../../lib/redis-list/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { expectToOnlyRead } from '../other-languages/reads-only.js';
import { stoppedRedisClock } from '../support/redis-clock.js';

@HireFireProc('worker', { skipActive: true })
class WorkerProc extends RedisListProc {}

const server = await RedisServer.reserve();
let redis: Redis;
beforeAll(async () => {
  // Lists that are empty are warned of.
  Logger.overrideLogger(false);
  await server.start();
  redis = new Redis(server.port);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
const clock = stoppedRedisClock();
beforeEach(() => redis.flushall());

/** The proc never reads the entries of a list: these are pickles of Python. */
const PICKLE = Buffer.from([0x80, 0x04, 0x4b, 0x01, 0x2e]);

describe.each([
  {
    library: 'HotQueue',
    key: 'hotqueue:mail',
    put: () => redis.rpush('hotqueue:mail', PICKLE),
    take: () => redis.blpop('hotqueue:mail', 1),
  },
  {
    library: 'Queues',
    key: 'mail',
    put: () => redis.rpush('mail', 'a message'),
    take: () => redis.lpop('mail'),
  },
  {
    library: 'Huey',
    key: 'huey.redis.mail',
    put: () => redis.lpush('huey.redis.mail', PICKLE),
    take: () => redis.brpop('huey.redis.mail', 1),
  },
  {
    library: 'Resque',
    key: 'resque:queue:mail',
    put: () =>
      redis.multi().sadd('resque:queues', 'mail').rpush('resque:queue:mail', '{"class":"Mail","args":[]}').exec(),
    take: () => redis.lpop('resque:queue:mail'),
  },
])('a queue of $library', ({ key, put, take }) => {
  it('counts what was put and not yet taken', async () => {
    const proc = new WorkerProc(redis, key, 'another');
    expect(await proc.quantity()).toBe(0);
    await put();
    await put();
    await put();
    expect(await proc.quantity()).toBe(3);
    await take();
    expect(await proc.quantity()).toBe(2);
    await take();
    await take();
    expect(await proc.quantity()).toBe(0);
  });
});

describe('the schedule of Huey', () => {
  const schedule = 'huey.schedule.mail';

  it('counts what is due, also while no consumer runs, and once when one has moved it', async () => {
    const proc = new WorkerProc(redis, { schedule }, 'huey.redis.mail');
    await redis.zadd(schedule, Date.now() / 1000 + 5, 'in five seconds', Date.now() / 1000 + 86_400, 'tomorrow');
    expect(await proc.quantity()).toBe(0);
    clock.pass(4999);
    expect(await proc.quantity()).toBe(0);
    clock.pass(1);
    expect(await proc.quantity()).toBe(1);

    await redis.multi().zrem(schedule, 'in five seconds').lpush('huey.redis.mail', 'in five seconds').exec();
    expect(await proc.quantity()).toBe(1);
  });

  it('counts once with several lists', async () => {
    await redis.zadd(schedule, 0, 'due');
    await redis.lpush('huey.redis.mail', 'one');
    await redis.lpush('another', 'one');

    expect(await new WorkerProc(redis, { schedule }, 'huey.redis.mail', 'another').quantity()).toBe(3);
  });

  it.each(['huey.redis.mail', schedule])('%s of a wrong type: an error', async (key) => {
    await redis.set(key, 'a string');

    await expect(new WorkerProc(redis, { schedule }, 'huey.redis.mail').quantity()).rejects.toThrow('WRONGTYPE');
  });

  it('is only read', async () => {
    await redis.zadd(schedule, 0, 'due');
    await redis.lpush('huey.redis.mail', 'one');
    const proc = new WorkerProc(redis, { schedule }, 'huey.redis.mail');

    await expectToOnlyRead(redis, () => proc.quantity());
  });
});
