/** Redis's clock decides what is due and how old it is, whatever the app's clock says. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { CeleryProc } from '../../lib/celery/index.js';
import { HireFireProc, type QueueProc } from '../../lib/index.js';
import { RedisListProc } from '../../lib/redis-list/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { SidekiqProc } from '../../lib/sidekiq/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { closingAfterEach } from '../web/support.js';

@HireFireProc('bull')
class OfBull extends BullProc {}
@HireFireProc('bullmq')
class OfBullMQ extends BullMQProc {}
@HireFireProc('rq')
class OfRQ extends RQProc {}
@HireFireProc('celery', { skipActive: true })
class OfCelery extends CeleryProc {}
@HireFireProc('sidekiq')
class OfSidekiq extends SidekiqProc {}
@HireFireProc('lists', { skipActive: true })
class OfLists extends RedisListProc {}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await RedisServer.start();
  redis = new Redis(server.port);
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
const closing = closingAfterEach();

/** Each library with a job that has been due for about a minute, and one that is due in half an hour. */
const LIBRARIES: readonly (readonly [string, fill: (now: number) => Promise<QueueProc<unknown>>])[] = [
  [
    'Bull',
    async (now) => {
      const queue = new Bull('mail', { redis: { host: '127.0.0.1', port: server.port } });
      closing(queue);
      // Bull's types do not know the timestamp.
      const [due, later] = [
        { delay: 1, timestamp: now - MINUTE },
        { delay: HOUR / 2, timestamp: now },
      ];
      await queue.add({}, due);
      await queue.add({}, later);
      return new OfBull(queue);
    },
  ],
  [
    'BullMQ',
    async (now) => {
      const queue = new Queue('mail', { connection: { host: '127.0.0.1', port: server.port } });
      closing(queue);
      await queue.add('job', {}, { delay: 1, timestamp: now - MINUTE });
      await queue.add('job', {}, { delay: HOUR / 2, timestamp: now });
      return new OfBullMQ(queue);
    },
  ],
  [
    'RQ',
    async (now) => {
      await redis.zadd('rq:scheduled:mail', Math.floor((now - MINUTE) / 1000), 'due');
      await redis.zadd('rq:scheduled:mail', Math.floor((now + HOUR / 2) / 1000), 'later');
      return new OfRQ(redis, 'mail');
    },
  ],
  [
    'Celery',
    async (now) => {
      const message = (ms: number): string =>
        JSON.stringify({ headers: { eta: new Date(ms).toISOString() } }).replace('"eta":', '"eta": ');
      await redis.lpush('mail', message(now - MINUTE), message(now + HOUR / 2));
      return new OfCelery(redis, 'mail');
    },
  ],
  [
    'Sidekiq',
    async (now) => {
      await redis.zadd('schedule', (now - MINUTE) / 1000, JSON.stringify({ queue: 'mail', jid: 'due' }));
      await redis.zadd('retry', (now + HOUR / 2) / 1000, JSON.stringify({ queue: 'mail', jid: 'later' }));
      return new OfSidekiq(redis, 'mail');
    },
  ],
  [
    'a list with a schedule',
    async (now) => {
      await redis.zadd('schedule', (now - MINUTE) / 1000, 'due', (now + HOUR / 2) / 1000, 'later');
      return new OfLists(redis, { schedule: 'schedule' }, 'mail');
    },
  ],
];

describe.each(LIBRARIES)('%s', (_name, fill) => {
  it.each([
    { what: 'an hour behind', skew: -HOUR },
    { what: 'right', skew: 0 },
    { what: 'an hour ahead', skew: HOUR },
  ])("the app's clock $what: the same numbers", async ({ skew }) => {
    const now = Date.now();
    const proc = await fill(now);
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now + skew);

    expect(await proc.quantity()).toBe(1);
    if (proc.metrics.includes('latency')) {
      const latency = await proc.latency();
      expect(latency).toBeGreaterThanOrEqual(59);
      expect(latency).toBeLessThan(300);
    }
    clock.mockRestore();
  });
});
