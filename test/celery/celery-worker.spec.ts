/** Real workers of Celery: what they reserve, work on, hold until it is due, give back, and leave behind. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { CeleryProc } from '../../lib/celery/index.js';
import { HireFireProc } from '../../lib/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { describeWith } from '../other-languages/interpreter.js';
import { TELLS_OF_KEYS, until } from '../other-languages/until.js';
import { ForeignWorker } from '../other-languages/worker.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { CeleryDriver } from './celery-driver.js';

@HireFireProc('worker', { skipActive: true })
class WorkerProc extends CeleryProc {}

const server = await RedisServer.reserve(...TELLS_OF_KEYS);

describeWith('python3-celery', (python) => {
  // The real time at first, because workers have no other.
  const clock = stoppedRedisClock(Date.now);
  const driver = new CeleryDriver([python, 'test/celery/celery_oracle.py'], server.port);
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

  const start = (): ForeignWorker =>
    new ForeignWorker(
      [
        ...([python, '-m', 'celery', '-A', 'tasks', '--workdir', 'test/celery', '-q', 'worker', '-Q', 'mail'] as const),
        ...['--concurrency', '1', '--without-gossip', '--without-mingle', '--without-heartbeat'],
      ],
      server.port,
    );

  const size = (): Promise<number> => new WorkerProc(redis, 'mail').quantity();

  /** Resolves once so many messages are in the list, and so many held by workers: a task starts before its acknowledgement. */
  const untilHeld = (listed: number, unacked: number): Promise<void> =>
    until(server.port, async () => (await redis.llen('mail')) === listed && (await redis.hlen('unacked')) === unacked);

  it('an early acknowledged task is nowhere while it runs; those that are reserved count, and come back', async () => {
    const mail = driver.open('mail');
    // So few that its stop interrupts no reservation: Celery would not give that one back.
    await mail.addMany(5, { task: 'tasks.early' });
    expect(await size()).toBe(5);

    const worker = start();
    await worker.started();
    await untilHeld(0, 4);
    expect(await size()).toBe(4);

    await worker.release(1);
    await worker.started();
    await untilHeld(0, 3);
    expect(await size()).toBe(3);

    worker.askToStop();
    await worker.release(1);
    expect(await worker.ended()).toBe(0);
    expect([await redis.llen('mail'), await size()]).toEqual([3, 3]);
  });

  it('a late acknowledged task counts while it runs, and when its worker was killed', async () => {
    const mail = driver.open('mail');
    await mail.addMany(9, { task: 'tasks.late' });
    const worker = start();
    await worker.started();
    await untilHeld(5, 4);
    expect(await size()).toBe(9);

    await worker.kill();
    expect([await redis.llen('mail'), await size()]).toEqual([5, 9]);
  });

  it('a task with a countdown is held by a worker, and counts once it is due', async () => {
    const mail = driver.open('mail');
    await mail.addMany(12, { task: 'tasks.early', delay: 3_600_000 });
    expect(await size()).toBe(0);
    const worker = start();
    // There is no limit to how many it holds.
    await untilHeld(0, 12);
    expect(await size()).toBe(0);

    clock.pass(3_601_000);
    expect(await size()).toBe(12);
    await worker.kill();
    expect(await size()).toBe(12);
  });
});
