import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Bull, { type JobOptions, type Queue, type QueueOptions } from 'bull';
import { Redis } from 'ioredis';
import { BullProc } from '../../lib/bull/index.js';
import { HireFireProc } from '../../lib/index.js';
import { BullQueues, empty, fail, moveDueJobs, moveStalledJobs, retryAll, take } from '../support/bull-queues.js';
import { stoppedClock } from '../support/clock.js';
import { redisUrl } from '../support/redis.js';

@HireFireProc('worker')
class WorkerProc extends BullProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends BullProc {}

interface Case {
  readonly name: string;
  readonly size: number;
  readonly sizeWithoutActive?: number;
  readonly latency: number;
  readonly given: (queue: Queue, pass: (ms: number) => void) => Promise<unknown>;
}

const add = (queue: Queue, options?: JobOptions) => queue.add({}, options);
const DAY = 86_400_000;

const cases: Case[] = [
  { name: 'an empty queue', size: 0, latency: 0, given: async () => undefined },
  {
    name: 'two plain jobs',
    size: 2,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue);
      pass(200);
      await add(queue);
      pass(100);
    },
  },
  {
    name: 'two LIFO jobs: the older one waits longer, though it runs last',
    size: 2,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue, { lifo: true });
      pass(200);
      await add(queue, { lifo: true });
      pass(100);
    },
  },
  {
    name: 'a LIFO job in front of older plain ones',
    size: 3,
    latency: 0.5,
    given: async (queue, pass) => {
      await add(queue);
      pass(200);
      await add(queue);
      await add(queue, { lifo: true });
      pass(300);
    },
  },
  {
    name: 'the oldest has priority 10, the next two priority 1',
    size: 3,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue, { priority: 10 });
      pass(100);
      await add(queue, { priority: 1 });
      await add(queue, { priority: 1 });
      pass(200);
    },
  },
  {
    name: 'the oldest has priority 1, the next ones priority 10 and none',
    size: 3,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue, { priority: 1 });
      pass(300);
      await add(queue, { priority: 10 });
      await add(queue);
    },
  },
  {
    name: 'the oldest is a plain job behind prioritized ones',
    size: 4,
    latency: 0.7,
    given: async (queue, pass) => {
      await add(queue);
      pass(300);
      await add(queue);
      await add(queue, { priority: 5 });
      await add(queue, { priority: 1 });
      pass(400);
    },
  },
  {
    name: 'a job just added: its latency is 1 ms, because 0 means that nothing waits',
    size: 1,
    latency: 0.001,
    given: (queue) => add(queue),
  },
  {
    name: 'a job from a producer whose clock is ahead',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      pass(5 * 60_000);
      await add(queue);
      pass(-5 * 60_000);
    },
  },
  {
    name: 'one due 0.3 s ago that no worker moved, one in the future',
    size: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue, { delay: 1000 });
      await add(queue, { delay: DAY });
      pass(1300);
    },
  },
  {
    name: 'a job that is due in this very millisecond',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      await add(queue, { delay: 1000 });
      pass(1000);
    },
  },
  {
    name: 'a job that is due in a millisecond',
    size: 0,
    latency: 0,
    given: async (queue, pass) => {
      await add(queue, { delay: 1000 });
      pass(999);
    },
  },
  {
    name: 'one due 0.3 s ago that a worker moved',
    size: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue, { delay: 1000 });
      pass(1300);
      await moveDueJobs(queue);
    },
  },
  {
    name: 'a delayed prioritized job, due and not moved, then moved',
    size: 2,
    latency: 0.5,
    given: async (queue, pass) => {
      await add(queue, { delay: 1000, priority: 3 });
      pass(1100);
      await moveDueJobs(queue);
      await add(queue, { delay: 100, priority: 1 });
      pass(400);
    },
  },
  {
    name: 'promoted before its time: ready, but nobody knows since when',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      const job = await add(queue, { delay: DAY });
      pass(500);
      await job.promote();
      pass(300);
    },
  },
  {
    name: 'promoted before its time, behind a job that waits',
    size: 2,
    latency: 0.4,
    given: async (queue, pass) => {
      const job = await add(queue, { delay: DAY });
      pass(500);
      await add(queue);
      await job.promote();
      pass(400);
    },
  },
  {
    name: 'retried at once 0.3 s ago, created 0.8 s ago',
    size: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue, { attempts: 3 });
      pass(500);
      await fail(await take(queue));
      pass(300);
    },
  },
  {
    name: 'back-off due 0.45 s ago that no worker moved',
    size: 1,
    latency: 0.45,
    given: async (queue, pass) => {
      await add(queue, { attempts: 3, backoff: 250 });
      pass(100);
      await fail(await take(queue));
      pass(700);
    },
  },
  {
    name: 'back-off due 0.45 s ago that a worker moved',
    size: 1,
    latency: 0.45,
    given: async (queue, pass) => {
      await add(queue, { attempts: 3, backoff: 250 });
      pass(100);
      await fail(await take(queue));
      pass(700);
      await moveDueJobs(queue);
    },
  },
  {
    name: 'exponential back-off, second failure: 3 s, due 0.2 s ago and moved',
    size: 1,
    latency: 0.2,
    given: async (queue, pass) => {
      await add(queue, { attempts: 3, backoff: { type: 'exponential', delay: 1000 } });
      await fail(await take(queue));
      pass(1001);
      await moveDueJobs(queue);
      await fail(await take(queue));
      pass(3200);
      await moveDueJobs(queue);
    },
  },
  {
    name: 'a back-off that is not over',
    size: 0,
    latency: 0,
    given: async (queue, pass) => {
      await add(queue, { attempts: 3, backoff: 5000 });
      await fail(await take(queue));
      pass(4999);
    },
  },
  {
    name: 'failed for good, then retried by hand 0.2 s ago',
    size: 1,
    latency: 0.2,
    given: async (queue, pass) => {
      const job = await add(queue);
      pass(500);
      await fail(await take(queue));
      pass(300);
      await (await queue.getJob(job.id))?.retry();
      pass(200);
    },
  },
  {
    name: 'failed for good',
    size: 0,
    latency: 0,
    given: async (queue) => {
      await add(queue);
      await fail(await take(queue));
    },
  },
  {
    name: 'completed',
    size: 0,
    latency: 0,
    given: async (queue) => {
      await add(queue);
      await (await take(queue)).moveToCompleted('done', true, true);
    },
  },
  {
    name: 'active',
    size: 1,
    sizeWithoutActive: 0,
    latency: 0,
    given: async (queue, pass) => {
      await add(queue);
      await take(queue);
      pass(500);
    },
  },
  {
    name: 'active, with one waiting behind it',
    size: 2,
    sizeWithoutActive: 1,
    latency: 0.5,
    given: async (queue, pass) => {
      await add(queue);
      pass(100);
      await add(queue);
      await take(queue);
      pass(500);
    },
  },
  {
    name: 'stalled: its worker died and nobody noticed yet',
    size: 1,
    sizeWithoutActive: 0,
    latency: 0,
    given: async (queue, pass) => {
      await add(queue);
      await (await take(queue)).releaseLock();
      pass(60_000);
    },
  },
  {
    name: 'stalled and given back: ready since a worker had it',
    size: 1,
    latency: 0.6,
    given: async (queue, pass) => {
      await add(queue);
      pass(100);
      await (await take(queue)).releaseLock();
      pass(600);
      await moveStalledJobs(queue);
    },
  },
  {
    name: 'paused with 2 waiting',
    size: 0,
    latency: 0,
    given: async (queue, pass) => {
      await add(queue);
      await add(queue);
      pass(300);
      await queue.pause();
    },
  },
  {
    name: 'paused with 1 active, 1 waiting, 1 due, 1 added since',
    size: 1,
    sizeWithoutActive: 0,
    latency: 0,
    given: async (queue, pass) => {
      await add(queue);
      await add(queue);
      await add(queue, { delay: 100 });
      await take(queue);
      await queue.pause();
      await add(queue);
      pass(300);
    },
  },
  {
    name: 'paused and resumed',
    size: 2,
    latency: 0.3,
    given: async (queue, pass) => {
      await add(queue);
      await queue.pause();
      await add(queue);
      pass(300);
      await queue.resume();
    },
  },
  {
    name: 'a repeatable job whose next run is in the future',
    size: 0,
    latency: 0,
    given: (queue) => queue.add({}, { repeat: { every: 3_600_000 } }),
  },
  {
    name: 'a repeatable job whose next run is 0.4 s overdue',
    size: 1,
    latency: 0.4,
    given: async (queue, pass) => {
      const job = await queue.add({}, { repeat: { every: 60_000 } });
      pass(job.timestamp + (job.opts.delay ?? 0) - Date.now() + 400);
    },
  },
  {
    name: 'removed jobs',
    size: 1,
    latency: 0.1,
    given: async (queue, pass) => {
      const old = await add(queue);
      const delayed = await add(queue, { delay: 50 });
      pass(200);
      await add(queue);
      await old.remove();
      await delayed.remove();
      pass(100);
    },
  },
  {
    name: 'a waiting id whose job is gone',
    size: 2,
    latency: 0.2,
    given: async (queue, pass) => {
      const gone = await add(queue);
      pass(300);
      await add(queue);
      await queue.client.del(queue.toKey(`${gone.id}`));
      pass(200);
    },
  },
  {
    name: 'a backlog of 250 plain jobs with 3 priorities among them',
    size: 253,
    latency: 9,
    given: async (queue, pass) => {
      await add(queue, { priority: 7 });
      pass(1000);
      await queue.addBulk(Array.from({ length: 125 }, () => ({ data: {} })));
      pass(1000);
      await queue.addBulk(Array.from({ length: 125 }, () => ({ data: {} })));
      await add(queue, { priority: 1 });
      await add(queue, { priority: 9 });
      pass(7000);
    },
  },
  {
    name: 'a backlog of 150 prioritized jobs, and a stalled one given back in front of them',
    size: 151,
    latency: 1.5,
    given: async (queue, pass) => {
      await add(queue, { priority: 1 });
      await (await take(queue)).releaseLock();
      pass(500);
      await queue.addBulk(Array.from({ length: 150 }, () => ({ data: {}, opts: { priority: 5 } })));
      pass(1000);
      await moveStalledJobs(queue);
    },
  },
  {
    name: 'failed for good, then retried in bulk: ready, but nobody knows since when',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      await add(queue, { attempts: 2 });
      await fail(await take(queue));
      await fail(await take(queue));
      pass(500);
      await retryAll(queue);
      pass(200);
    },
  },
  {
    name: 'a backlog of 150 plain jobs, and a stalled one given back in front of them',
    size: 151,
    latency: 3.5,
    given: async (queue, pass) => {
      await queue.addBulk(Array.from({ length: 151 }, () => ({ data: {} })));
      pass(3000);
      await (await take(queue)).releaseLock();
      pass(500);
      await moveStalledJobs(queue);
    },
  },
  {
    name: 'a backlog of 150 plain jobs behind 5 prioritized ones, and a stalled one given back in front of them',
    size: 156,
    latency: 3.5,
    given: async (queue, pass) => {
      await queue.addBulk(Array.from({ length: 150 }, () => ({ data: {} })));
      pass(3000);
      await queue.addBulk(Array.from({ length: 6 }, () => ({ data: {}, opts: { priority: 3 } })));
      await (await take(queue)).releaseLock();
      pass(500);
      await moveStalledJobs(queue);
    },
  },
  {
    name: 'a backlog of 200 plain jobs that 10 overdue delayed ones were moved behind',
    size: 210,
    latency: 6.3,
    given: async (queue, pass) => {
      await queue.addBulk(Array.from({ length: 10 }, (_, index) => ({ data: {}, opts: { delay: 100 * (index + 1) } })));
      pass(4400);
      await queue.addBulk(Array.from({ length: 200 }, () => ({ data: {} })));
      pass(2000);
      await moveDueJobs(queue);
    },
  },
  {
    name: 'a backlog of 270 plain jobs with 40 overdue ones in the middle',
    size: 270,
    latency: 7,
    given: async (queue, pass) => {
      await queue.addBulk(Array.from({ length: 40 }, () => ({ data: {}, opts: { delay: 1000 } })));
      pass(5000);
      await queue.addBulk(Array.from({ length: 200 }, () => ({ data: {} })));
      pass(2000);
      await moveDueJobs(queue);
      await queue.addBulk(Array.from({ length: 30 }, () => ({ data: {} })));
      pass(1000);
    },
  },
  {
    name: 'a backlog of two priorities behind a stalled job: the head of the second is the oldest',
    size: 142,
    latency: 9,
    given: async (queue, pass) => {
      await add(queue, { priority: 2 });
      pass(6000);
      await queue.addBulk(Array.from({ length: 41 }, () => ({ data: {}, opts: { priority: 1 } })));
      await queue.addBulk(Array.from({ length: 100 }, () => ({ data: {}, opts: { priority: 2 } })));
      pass(3000);
      await (await take(queue)).releaseLock();
      await moveStalledJobs(queue);
    },
  },
  {
    name: 'a backlog of 150 jobs with 150 priorities, of which one in the middle is the oldest',
    size: 150,
    latency: 3,
    given: async (queue, pass) => {
      await add(queue, { priority: 120 });
      pass(2000);
      const priorities = Array.from({ length: 150 }, (_, index) => index + 1).filter((priority) => priority !== 120);
      await queue.addBulk(priorities.map((priority) => ({ data: {}, opts: { priority } })));
      pass(1000);
    },
  },
  {
    name: 'a backlog of 250 LIFO jobs',
    size: 250,
    latency: 3,
    given: async (queue, pass) => {
      await queue.addBulk(Array.from({ length: 125 }, () => ({ data: {}, opts: { lifo: true } })));
      pass(2000);
      await queue.addBulk(Array.from({ length: 125 }, () => ({ data: {}, opts: { lifo: true } })));
      pass(1000);
    },
  },
];

const queues = new BullQueues();
afterAll(() => queues.close());

const clock = stoppedClock();

describe.each([
  { where: 'with the default prefix', options: {} },
  { where: 'with a custom prefix', options: { prefix: 'my:app' } },
  { where: 'with a Cluster hash tag', options: { prefix: '{bull}' } },
])('size and latency $where', ({ options }) => {
  let queue: Queue;

  beforeAll(() => {
    queue = queues.create(options);
  });

  it.each(cases)('$name', async ({ given, size, sizeWithoutActive = size, latency }) => {
    await empty(queue);
    await given(queue, clock.pass);

    const worker = new WorkerProc(queue);
    expect(await worker.quantity()).toBe(size);
    expect(await worker.latency()).toBe(latency);
    expect(await new LeanProc(queue).quantity()).toBe(sizeWithoutActive);
  });
});

describe('a queue with a rate limit', () => {
  it.each([
    { kind: 'over all jobs', limiter: { max: 2, duration: 60_000 } },
    { kind: 'by group', limiter: { max: 2, duration: 60_000, groupKey: 'tenant' } },
  ])('$kind counts the jobs that it holds back, and ages them', async ({ limiter }) => {
    const queue = queues.create({ limiter });
    await queue.addBulk(Array.from({ length: 5 }, () => ({ data: { tenant: 'a' } })));
    await add(queue, { delay: DAY });
    clock.pass(500);
    // What a worker does: two jobs are let through, and the others are put off as it tries to take them.
    const worker = new WorkerProc(queue);
    await take(queue);
    await take(queue);
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
    await moveDueJobs(queue);
    expect(await worker.quantity()).toBe(6);
    expect(await worker.latency()).toBe(3600.7);
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

describe('a client of its own kind', () => {
  it('may give numbers as strings', async () => {
    // Bull's own obliterate() never ends with such a client.
    const queue = new Bull('strings', redisUrl(), { redis: { stringNumbers: true } });
    const job = await add(queue);
    clock.pass(1500);

    expect(await new WorkerProc(queue).quantity()).toBe(1);
    expect(await new WorkerProc(queue).latency()).toBe(1.5);
    await job.remove();
    await queue.close();
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

describe('several queues', () => {
  it('add up to one size, and the oldest job of all is the latency', async () => {
    const [mail, images, reports] = [queues.create(), queues.create(), queues.create({ prefix: 'other' })];
    await add(reports);
    clock.pass(250);
    await add(mail);
    await add(mail);
    await add(images, { delay: 100 });
    clock.pass(500);

    const proc = new WorkerProc(mail, images, reports);
    expect(await proc.quantity()).toBe(4);
    expect(await proc.latency()).toBe(0.75);
  });
});
