import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { addBacklog, addWaiting } from '../../bench/poll/backlog.js';
import type { BenchQueue } from '../../bench/poll/libraries.js';
import { RedisServer } from '../../tools/redis-server.js';

const SINCE = 1_700_000_000_000;
const A_DAY = 86_400_000;

interface StoredJob {
  readonly timestamp: number;
  readonly opts: { readonly priority?: number | undefined; readonly delay?: number | undefined };
}

interface Filled {
  readonly queue: BenchQueue;
  /** In the order in which workers take them. */
  readonly prioritized: () => Promise<StoredJob[]>;
}

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await RedisServer.start();
  redis = new Redis({ port: server.port, maxRetriesPerRequest: null, enableReadyCheck: false });
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});
beforeEach(() => redis.flushall());

function openBull(): Filled {
  const queue = new Bull('filled', { createClient: () => redis });
  return { queue, prioritized: () => queue.getJobs(['waiting'], 0, -1, true) };
}

function openBullMQ(): Filled {
  const queue = new Queue('filled', { connection: redis });
  return { queue, prioritized: () => queue.getJobs(['prioritized'], 0, -1, true) };
}

const LIBRARIES = [
  { library: 'bull', open: openBull },
  { library: 'bullmq-6', open: openBullMQ },
] as const;

describe.each(LIBRARIES)('a backlog in $library', ({ library, open }) => {
  test('of waiting jobs holds the oldest first in the line', async () => {
    const { queue } = open();
    await addBacklog(redis, queue, library, { name: '', kind: 'waiting', count: 12_345 }, SINCE);
    const wait = await redis.lrange(queue.toKey('wait'), 0, -1);
    const timestamps = await Promise.all(
      wait.reverse().map((id) => redis.hget(`${queue.toKey('')}${id}`, 'timestamp')),
    );
    expect(timestamps).toEqual(Array.from({ length: 12_345 }, (_, index) => `${SINCE + index}`));
  });

  test('of delayed jobs is due a day after they were added', async () => {
    const { queue } = open();
    await addBacklog(redis, queue, library, { name: '', kind: 'delayed', count: 3 }, SINCE);
    const scores = (await redis.zrange(queue.toKey('delayed'), 0, -1, 'WITHSCORES')).filter(
      (_, index) => index % 2 === 1,
    );
    expect(scores.map((score) => Math.floor(Number(score) / 4096))).toEqual(
      [0, 1, 2].map((index) => SINCE + A_DAY + index),
    );
  });

  test('of prioritized jobs is taken by urgency, and then by age', async () => {
    const { queue, prioritized } = open();
    await addBacklog(redis, queue, library, { name: '', kind: 'prioritized', count: 8 }, SINCE);
    const jobs = await prioritized();
    expect(jobs.map(({ opts, timestamp }) => [opts.priority, timestamp - SINCE])).toEqual([
      [1, 0],
      [1, 1],
      [2, 1],
      [2, 2],
      [2, 3],
      [3, 2],
      [3, 3],
      [3, 4],
    ]);
  });

  test('of none leaves the queue as it is, and some jobs can be added', async () => {
    const { queue } = open();
    await addBacklog(redis, queue, library, { name: '', kind: 'none', count: 0 }, SINCE);
    expect(await redis.exists(queue.toKey('id'))).toBe(0);
    await addWaiting(queue, 3, SINCE);
    expect(await redis.llen(queue.toKey('wait'))).toBe(3);
  });

  test('that the library counts otherwise is an error', async () => {
    const { queue } = open();
    await addWaiting(queue, 1, SINCE);
    await expect(addBacklog(redis, queue, library, { name: '', kind: 'waiting', count: 2 }, SINCE)).rejects.toThrow(
      `${library} counts 3 waiting jobs of 2`,
    );
  });
});
