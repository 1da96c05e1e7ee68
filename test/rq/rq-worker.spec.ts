/** Real workers of RQ: busy, killed, replaced, suspended, asked to stop. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { HireFireProc } from '../../lib/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { describeWith } from '../other-languages/interpreter.js';
import { TELLS_OF_KEYS, until } from '../other-languages/until.js';
import { ForeignWorker } from '../other-languages/worker.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { RqDriver } from './rq-driver.js';

@HireFireProc('worker')
class WorkerProc extends RQProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends RQProc {}

const server = await RedisServer.reserve(...TELLS_OF_KEYS);

describeWith('python3-rq', (python) => {
  // The real time at first, because workers have no other.
  const clock = stoppedRedisClock(Date.now);
  const driver = new RqDriver([python, 'test/rq/rq_oracle.py'], server.port);
  let redis: Redis;

  beforeAll(async () => {
    await server.start();
    redis = new Redis(server.port);
  });
  beforeEach(() => redis.flushall());
  afterEach(() => ForeignWorker.killAll());
  afterAll(async () => {
    redis.disconnect();
    await driver.close();
    await server.stop();
  });

  const start = (...options: string[]): ForeignWorker =>
    new ForeignWorker(
      [python, '-c', 'from rq.cli import main; main()', 'worker', '--url', `redis://127.0.0.1:${server.port}/0`].concat(
        [...['--path', 'test/rq', ...options, 'high', 'default']],
      ) as [string, ...string[]],
      server.port,
    );

  const measure = (): Promise<[size: number, sizeWithoutActive: number, latency: number]> => {
    const worker = new WorkerProc(redis, 'high', 'default');
    return Promise.all([worker.quantity(), new LeanProc(redis, 'high', 'default').quantity(), worker.latency()]);
  };

  it('count by the jobs that they have: busy, killed, taken for dead, replaced, suspended, asked to stop, gone', async () => {
    const [high, standard] = [driver.open('high'), driver.open('default')];
    await standard.addMany(4, { func: 'rq_jobs.hold' });
    await high.add({ func: 'rq_jobs.hold' });
    clock.pass(60_000);
    expect(await measure()).toEqual([5, 5, 60]);

    const killed = start();
    expect(await killed.started()).toBe('high');
    expect(await measure()).toEqual([5, 4, 60]);

    await killed.kill();
    expect(await measure()).toEqual([5, 4, 60]);

    // As if the dead worker had been silent for too long: its job has failed, so no worker runs it, now or later.
    const [lost = ''] = await redis.zrange('rq:wip:high', 0, -1);
    await redis.zadd('rq:wip:high', Math.floor(Date.now() / 1000) - 120, lost);
    expect(await measure()).toEqual([4, 4, 60]);

    const second = start();
    expect(await second.started()).toBe('default');
    expect(await measure()).toEqual([4, 3, 60]);

    await high.pause();
    expect(await measure()).toEqual([1, 0, 0]);
    await high.resume();

    await second.release(1);
    expect(await second.started()).toBe('default');
    expect(await measure()).toEqual([3, 2, 60]);

    second.askToStop();
    await until(server.port, async () => (await stoppingWorkers()) === 1);
    expect(await measure()).toEqual([3, 2, 60]);
    await second.release(1);
    expect(await second.ended()).toBe(0);
    expect(await measure()).toEqual([2, 2, 60]);
  });

  it('move a scheduled job that was counted before, and count it once', async () => {
    const queue = driver.open('default');
    await queue.add({ func: 'rq_jobs.hold', delay: 1000 });
    expect(await measure()).toEqual([0, 0, 0]);
    clock.pass(2000);
    expect((await measure()).slice(0, 2)).toEqual([1, 1]);

    // Its clock is behind ours by less than the job's delay.
    const worker = start('--with-scheduler');
    await worker.started();
    expect(await measure()).toEqual([1, 0, 0]);
    await worker.kill();
  });

  async function stoppingWorkers(): Promise<number> {
    const workers = await redis.smembers('rq:workers');
    const stopping = await Promise.all(workers.map((key) => redis.hexists(key, 'shutdown_requested_date')));
    return stopping.filter((one) => one === 1).length;
  }
});
