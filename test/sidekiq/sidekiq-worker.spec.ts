/** Real processes of Sidekiq: busy, killed, replaced, failing, asked to stop. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { HireFireProc } from '../../lib/index.js';
import { SidekiqProc } from '../../lib/sidekiq/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { describeWith } from '../other-languages/interpreter.js';
import { TELLS_OF_KEYS, until } from '../other-languages/until.js';
import { ForeignWorker } from '../other-languages/worker.js';
import { stoppedRedisClock } from '../support/redis-clock.js';

@HireFireProc('worker')
class WorkerProc extends SidekiqProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends SidekiqProc {}

const server = await RedisServer.reserve(...TELLS_OF_KEYS);

describeWith('ruby-sidekiq', (ruby) => {
  // The real time at first, because processes have no other.
  const clock = stoppedRedisClock(Date.now);
  let redis: Redis;

  beforeAll(async () => {
    await server.start();
    redis = new Redis(server.port);
  });
  beforeEach(() => redis.flushall());
  afterEach(() => ForeignWorker.killAll());
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  const start = (): ForeignWorker =>
    new ForeignWorker(
      [ruby, '-S', 'sidekiq', '-r', './test/sidekiq/sidekiq_jobs.rb', '-q', 'mail', '-c', '2', '-t', '1'],
      server.port,
    );

  const measure = (): Promise<[size: number, sizeWithoutActive: number, latency: number]> => {
    const worker = new WorkerProc(redis, 'mail');
    return Promise.all([worker.quantity(), new LeanProc(redis, 'mail').quantity(), worker.latency()]);
  };

  /** In the format that Sidekiq's own documentation gives for clients of other languages. */
  async function push(count: number, ...args: unknown[]): Promise<void> {
    for (let job = 0; job < count; job++) {
      const now = Date.now() / 1000;
      const jid = `${job}`.padStart(24, '0');
      const entry = { class: 'HoldJob', args, queue: 'mail', jid, retry: true, created_at: now, enqueued_at: now };
      await redis.lpush('queue:mail', JSON.stringify(entry));
    }
    await redis.sadd('queues', 'mail');
  }

  /** Resolves once the heartbeat has reported so many busy jobs. */
  const untilBusy = (count: number): Promise<void> =>
    until(server.port, async () => {
      const processes = await redis.smembers('processes');
      const busy = await Promise.all(processes.map((process) => redis.hlen(`${process}:workers`)));
      return busy.reduce((sum, one) => sum + one, 0) === count;
    });

  it('count by the jobs that they have: busy, killed, dead, replaced, asked to stop, gone', async () => {
    await push(5);
    clock.pass(60_000);
    expect(await measure()).toEqual([5, 5, 60]);

    const killed = start();
    await untilBusy(2);
    expect(await measure()).toEqual([5, 3, 60]);

    await killed.kill();
    expect(await measure()).toEqual([5, 3, 60]);
    // As if its heartbeat had been over for 60 s: its jobs are lost, as Sidekiq without super_fetch loses them.
    await redis.del(...(await redis.smembers('processes')));
    expect(await measure()).toEqual([3, 3, 60]);
    await redis.del('processes', 'started');

    const second = start();
    await untilBusy(2);
    expect(await measure()).toEqual([3, 1, 60]);
    await second.release(1);
    await until(server.port, async () => (await redis.llen('queue:mail')) === 0);
    await untilBusy(2);
    expect(await measure()).toEqual([2, 0, 0]);

    // Jobs that are not done within its time-out go back to their queue.
    second.terminate();
    expect(await second.ended()).toBe(0);
    expect(await measure()).toEqual([2, 2, 60]);
  });

  it('a job that fails is counted again once its retry is due', async () => {
    await push(1, true);
    const process = start();
    await untilBusy(1);
    await process.release(1);
    await until(server.port, async () => (await redis.zcard('retry')) === 1);
    await untilBusy(0);
    expect(await measure()).toEqual([0, 0, 0]);
    await process.kill();

    // The first retry comes after 15 to 25 s.
    clock.pass(60_000);
    expect((await measure()).slice(0, 2)).toEqual([1, 1]);
  });
});
