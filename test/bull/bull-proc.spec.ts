/** Bull's own cases, on top of the contract of all backends. */
import { afterAll, describe, expect, it } from '@jest/globals';
import Bull, { type QueueOptions } from 'bull';
import { Redis } from 'ioredis';
import { take } from '../contract/jobs/case.js';
import { procsOf, runCases } from '../contract/jobs/run-cases.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { redisUrl } from '../support/file-redis.js';
import { BullDriver, type BullTestQueue } from './bull-driver.js';

const DAY = 86_400_000;

const driver = new BullDriver();
afterAll(() => driver.close());

const { Worker: WorkerProc, Lean: LeanProc } = procsOf(driver);

describe('size and latency', () => {
  runCases(
    driver,
    [
      {
        name: 'failed for good, then retried by hand 0.2 s ago',
        size: 1,
        latency: 0.2,
        given: async (queue, pass) => {
          const job = await queue.add();
          pass(500);
          await (await take(queue)).fail();
          pass(300);
          await job.retry();
          pass(200);
        },
      },
    ],
    () => driver.open(),
  );
});

const clock = stoppedRedisClock();

describe('a queue with a rate limit', () => {
  it.each([
    { kind: 'over all jobs', limiter: { max: 2, duration: 60_000 } },
    { kind: 'by group', limiter: { max: 2, duration: 60_000, groupKey: 'tenant' } },
  ])('$kind counts the jobs that it holds back, and ages them', async ({ limiter }) => {
    const limited = driver.open({}, { limiter });
    const { queue } = limited;
    await queue.addBulk(Array.from({ length: 5 }, () => ({ data: { tenant: 'a' } })));
    await queue.add({}, { delay: DAY });
    clock.pass(500);
    // A worker takes two jobs; each further try puts one job off.
    const worker = new WorkerProc(queue);
    await take(limited);
    await take(limited);
    for (let tries = 1; tries <= 3; tries++) {
      await queue.getNextJob();
    }
    await queue.add({ tenant: 'a' });
    clock.pass(200);
    expect(await queue.getWaitingCount()).toBe(1);
    expect(await queue.getDelayedCount()).toBe(4);

    expect(await worker.quantity()).toBe(6);
    expect(await new LeanProc(queue).quantity()).toBe(4);
    expect(await worker.latency()).toBe(0.7);

    // Due and not moved, then moved: no job counts twice.
    clock.pass(3_600_000);
    expect(await worker.quantity()).toBe(6);
    await limited.moveDueJobs();
    expect(await worker.quantity()).toBe(6);
    expect(await worker.latency()).toBe(3600.7);
  });
});

it('a rate limit that holds back over 5,000 jobs: no more count than it knows', async () => {
  const limited = driver.open();
  const fill = `for id = 1, 5002 do
    redis.call('ZADD', KEYS[1], ARGV[1], id)
    if id > 1 then
      redis.call('HSET', KEYS[2], id, 'limited')
    end
  end`;
  const dueTomorrow = (Date.now() + DAY) * 4096;
  await limited.client.eval(fill, 2, limited.key('delayed'), limited.key('limiter:index'), dueTomorrow);

  expect(await new WorkerProc(limited.queue).quantity()).toBe(5001);
});

describe('what a rate limit leaves behind', () => {
  /** A queue that has held jobs 2 to 4 back, and was obliterated: Bull forgets the jobs, but not that they were held back. */
  async function obliterated(): Promise<BullTestQueue> {
    const limited = driver.open({}, { limiter: { max: 1, duration: 60_000 } });
    await limited.addMany(4);
    await take(limited);
    for (let tries = 1; tries <= 3; tries++) {
      await limited.queue.getNextJob();
    }
    expect(await new WorkerProc(limited.queue).quantity()).toBe(4);
    await limited.empty();
    return limited;
  }

  it('is not taken for later jobs of the same ids, which are due tomorrow', async () => {
    const { queue } = await obliterated();
    const jobs = await queue.addBulk(Array.from({ length: 5 }, () => ({ data: {}, opts: { delay: DAY } })));
    expect(jobs.map(({ id }) => id)).toEqual(['1', '2', '3', '4', '5']);
    await queue.add({}, { delay: 500 });
    clock.pass(700);

    expect(await new WorkerProc(queue).quantity()).toBe(1);
    expect(await new WorkerProc(queue).latency()).toBe(0.2);
    clock.pass(DAY);
    expect(await new WorkerProc(queue).quantity()).toBe(6);
  });

  it('in any number, is not taken for jobs that are due tomorrow', async () => {
    const limited = driver.open();
    await limited.client.hset(
      limited.key('limiter:index'),
      Object.fromEntries(
        Array.from({ length: 10_001 }, (_, index) => [`gone ${index}`, limited.key('limiter:limited')]),
      ),
    );
    await limited.addMany(3, { delay: DAY });
    await limited.add();

    expect(await new WorkerProc(limited.queue).quantity()).toBe(1);
  });
});

describe('a queue that is closed', () => {
  it('is not opened again', async () => {
    // Missing in Bull's types: such a queue connects when it is first used.
    const options: QueueOptions & { skipVersionCheck: boolean } = { skipVersionCheck: true };
    const queue = new Bull('closed', redisUrl(), options);
    await queue.close();

    await expect(new WorkerProc(queue).quantity()).rejects.toThrow('queue 1 of WorkerProc is closed');
  });
});

describe('an unusual client', () => {
  it('may give numbers as strings', async () => {
    // Bull's own obliterate() never ends with such a client.
    const queue = new Bull('strings', redisUrl(), { redis: { stringNumbers: true } });
    const job = await queue.add({});
    clock.pass(1500);

    expect(await new WorkerProc(queue).quantity()).toBe(1);
    expect(await new WorkerProc(queue).latency()).toBe(1.5);
    await job.remove();
    await queue.close();
  });

  it('may have options that refer to themselves', async () => {
    const client = new Redis(redisUrl(), { enableReadyCheck: false, maxRetriesPerRequest: null });
    const option: Record<string, unknown> = {};
    Reflect.set(client.options, 'own', Object.assign(option, { itself: option }));
    const queue = new Bull('cyclic', { createClient: () => client });
    await queue.isReady();

    expect(await new WorkerProc(queue).quantity()).toBe(0);
    client.disconnect();
  });

  it('may be shared by as many queues as Node bears listeners', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', onWarning);
    const shared = new Redis(redisUrl(), { enableReadyCheck: false, maxRetriesPerRequest: null });
    const sharing = Array.from({ length: 10 }, () => new Bull('shared', { createClient: () => shared }));
    await Promise.all(sharing.map((queue) => queue.isReady()));

    expect(await new WorkerProc(...sharing).quantity()).toBe(0);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    shared.disconnect();
  });
});
