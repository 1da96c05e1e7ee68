/** RQ's own cases, on top of the contract of all backends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { HireFireProc } from '../../lib/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { take } from '../contract/jobs/case.js';
import { runCases } from '../contract/jobs/run-cases.js';
import { describeWith } from '../other-languages/interpreter.js';
import { expectToOnlyRead } from '../other-languages/reads-only.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { RqDriver } from './rq-driver.js';

@HireFireProc('worker')
class WorkerProc extends RQProc {}

const server = await RedisServer.reserve();
let redis: Redis;
beforeAll(async () => {
  await server.start();
  redis = new Redis(server.port);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

describeWith('python3-rq', (python) => {
  const driver = new RqDriver([python, 'test/rq/rq_oracle.py'], server.port);
  afterAll(() => driver.close());

  describe('size and latency of', () => {
    runCases(
      driver,
      [
        {
          name: 'a job that depends on another one',
          size: 1,
          latency: 0.3,
          given: async (queue, pass) => {
            const { id } = await queue.add();
            await queue.add({ depends_on: id });
            await pass(300);
          },
        },
        {
          name: 'a canceled job',
          size: 1,
          latency: 0.1,
          given: async (queue, pass) => {
            const job = await queue.add();
            await pass(200);
            await queue.add();
            await job.cancel();
            await pass(100);
          },
        },
        {
          name: 'a retry whose interval is not over',
          size: 0,
          latency: 0,
          given: async (queue, pass) => {
            await queue.add({ attempts: 3, intervals: [5, 60] });
            await (await take(queue)).fail();
            await pass(4999);
          },
        },
        {
          name: 'a retry that is due, though no scheduler runs',
          size: 1,
          latency: 0.3,
          given: async (queue, pass) => {
            await queue.add({ attempts: 3, intervals: [5, 60] });
            await (await take(queue)).fail();
            await pass(5300);
          },
        },
        {
          name: 'a retry that a scheduler has enqueued',
          size: 1,
          latency: 0.2,
          given: async (queue, pass) => {
            await queue.add({ attempts: 3, intervals: [5] });
            await (await take(queue)).fail();
            await pass(5300);
            await queue.moveDueJobs();
            await pass(200);
          },
        },
        {
          name: 'a job whose worker has not reported for 89 s',
          size: 1,
          sizeWithoutActive: 0,
          latency: 0,
          given: async (queue, pass) => {
            await queue.add();
            await take(queue);
            await pass(89_000);
          },
        },
        {
          name: 'a job whose worker is taken for dead: it has failed',
          size: 0,
          latency: 0,
          given: async (queue, pass) => {
            await queue.add();
            await take(queue);
            await pass(90_000);
          },
        },
        {
          name: 'a job whose worker is taken for dead, with a retry left that only another worker can give it',
          size: 1,
          latency: 5,
          given: async (queue, pass) => {
            await queue.add({ attempts: 2 });
            await take(queue);
            await pass(95_000);
          },
        },
        {
          name: 'the same, once a worker has given it the retry',
          size: 1,
          latency: 0.1,
          given: async (queue, pass) => {
            await queue.add({ attempts: 2 });
            await take(queue);
            await pass(95_000);
            await queue.cleanUp();
            await pass(100);
          },
        },
      ],
      () => driver.open(),
    );
  });

  it('reads only', async () => {
    const queue = driver.open();
    await queue.empty();
    await queue.add();
    await queue.add({ lifo: true });
    await queue.add({ delay: 1000 });
    await queue.add({ delay: 100_000 });
    await queue.add({ attempts: 2 });
    await queue.take();
    const proc = new WorkerProc(redis, queue.name, 'unknown');

    await expectToOnlyRead(redis, () => proc.latency());
  });
});

describe('the storage of', () => {
  const clock = stoppedRedisClock();
  beforeEach(() => redis.flushall());
  const seconds = (): number => Math.floor(Date.now() / 1000);

  it('RQ 2, whose started jobs carry the id of their execution', async () => {
    await redis.zadd('rq:wip:mail', seconds() + 90, 'one:e1', seconds() - 5, 'gone:e2', seconds() - 5, 'again:e3');
    await redis.hset('rq:job:again', 'retries_left', '1');

    const proc = new WorkerProc(redis, 'mail');
    expect(await proc.quantity()).toBe(2);
    expect(await proc.latency()).toBe(5);
  });

  it('RQ 1.14 and later: a job that was just taken counts as started, once', async () => {
    await redis.rpush('rq:queue:mail:intermediate', 'just-taken', 'started-by-1', 'started-by-2');
    await redis.zadd('rq:wip:mail', seconds() + 90, 'started-by-1', seconds() + 90, 'started-by-2:e1');
    await redis.zadd('rq:executions:started-by-2', seconds() + 150, 'e1');

    expect(await new WorkerProc(redis, 'mail').quantity()).toBe(3);
  });

  it.each([
    { what: 'no job', fields: {} },
    { what: 'a job without a time', fields: { status: 'queued' } },
    { what: 'a job whose time is garbage', fields: { enqueued_at: 'yesterday' } },
  ])('a queued id with $what: it counts, as if it had come just now', async ({ fields }) => {
    await redis.rpush('rq:queue:mail', 'half');
    if (Object.keys(fields).length > 0) {
      await redis.hset('rq:job:half', fields);
    }
    clock.pass(5000);

    const proc = new WorkerProc(redis, 'mail');
    expect(await proc.quantity()).toBe(1);
    expect(await proc.latency()).toBe(0.001);
  });

  it.each(['rq:queue:mail', 'rq:wip:mail', 'rq:scheduled:mail', 'rq:queue:mail:intermediate', 'rq:queues'])(
    '%s of a wrong type: an error',
    async (key) => {
      await redis.set(key, 'a string');

      await expect(new WorkerProc(redis, 'mail').quantity()).rejects.toThrow('WRONGTYPE');
    },
  );

  it('a job of a wrong type: an error', async () => {
    await redis.rpush('rq:queue:mail', 'one');
    await redis.set('rq:job:one', 'a string');

    await expect(new WorkerProc(redis, 'mail').latency()).rejects.toThrow('WRONGTYPE');
  });

  it('a long backlog: the oldest is found wherever those at the front end', async () => {
    for (const atFront of [0, 1, 40, 77, 149, 200, 298, 299]) {
      await redis.flushall();
      const pipeline = redis.pipeline();
      // Plain jobs came every 10 ms; from some moment on, those at the front came every 7 ms.
      for (let job = 0; job < 300; job++) {
        const isAtFront = job < atFront;
        const age = isAtFront ? 20_000 - job * 7 : 21_000 - (job - atFront) * 10;
        pipeline.hset(`rq:job:${job}`, 'enqueued_at', new Date(Date.now() - age).toISOString());
        pipeline[isAtFront ? 'lpush' : 'rpush']('rq:queue:mail', `${job}`);
        if (job % 11 === 3) {
          pipeline.del(`rq:job:${job}`);
        }
      }
      await pipeline.exec();

      expect({ atFront, latency: await new WorkerProc(redis, 'mail').latency() }).toEqual({ atFront, latency: 21 });
    }
  });
});
