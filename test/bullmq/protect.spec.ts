/** `protect: { ratio }`: BullMQ's jobs name their workers, so the size says how far down is safe. */
import { afterAll, afterEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { Job } from 'bullmq';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc } from '../../lib/index.js';
import { leastSize } from '../../lib/procs/protect.js';
import { SEQUENCES } from '../contract/jobs/property.js';
import type { Place } from '../contract/redis/driver.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { BullMQDriver, type BullMQTestQueue } from './bullmq-driver.js';

@HireFireProc('worker', { protect: { ratio: 5 } })
class Worker extends BullMQProc {}
@HireFireProc('worker', { protect: { ratio: 5 }, skipActive: true })
class Lean extends BullMQProc {}
@HireFireProc('worker-2', { protect: { ratio: 5 } })
class Second extends BullMQProc {}
@HireFireProc('worker')
class Plain extends BullMQProc {}

const WARNING = /^Worker: a job of its queues runs in a worker whose name does not say its dyno, as in worker\.1\. /;

const driver = new BullMQDriver();
const observer = new Redis(redisUrl());
afterAll(async () => {
  await driver.close();
  observer.disconnect();
});
const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
afterEach(() => {
  warn.mockClear();
});

async function start(tested: BullMQTestQueue, worker: string): Promise<Job> {
  const job = await tested.takeJob();
  await observer.hset(tested.key(`${job.id}`), 'pb', worker);
  return job;
}

/** A queue with a job in each of these workers, and others that wait. */
async function busy(workers: readonly string[], waiting = 0, place: Place = {}): Promise<BullMQTestQueue> {
  const tested = driver.open(place);
  await tested.addMany(workers.length + waiting);
  for (const [index, name] of workers.entries()) {
    await start(tested, name);
    expect(index + 1).toBe(await tested.queue.getActiveCount());
  }
  return tested;
}

it.each<[string, readonly string[], number, number]>([
  ['the first dyno', ['worker.1'], 0, 1],
  ['the third dyno', ['worker.3'], 0, 11],
  ['the highest of several', ['worker.2', 'worker.12', 'worker.3'], 0, 56],
  ['more jobs than dynos need', ['worker.2'], 20, 21],
  ['pods, which count from 0', ['worker-0', 'worker-2'], 0, 11],
  ['another process', ['web.9', 'run.1234', 'worker-2.7'], 0, 3],
])('%s', async (_name, workers, waiting, size) => {
  const { queue } = await busy(workers, waiting);

  expect(await new Worker(queue).quantity()).toBe(size);
  expect(warn).not.toHaveBeenCalled();
});

it('a process whose name ends like the name of a pod', async () => {
  const { queue } = await busy(['worker-2.3', 'worker.9']);

  expect(await new Second(queue).quantity()).toBe(11);
});

it('the first pod, next to a worker whose name begins like its own', async () => {
  const { queue } = await busy(['worker-0', 'worker-01']);

  expect(await new Lean(queue).quantity()).toBe(1);
});

it.each(['', 'mail', 'worker.0', 'worker.03', 'worker-20261130', '3'])(
  'a worker named "%s" counts in the size only, with one warning',
  async (name) => {
    const { queue } = await busy([name, 'worker.2']);
    const proc = new Worker(queue);

    expect([await proc.quantity(), await proc.quantity()]).toEqual([6, 6]);
    expect(warn.mock.calls).toEqual([[expect.stringMatching(WARNING)]]);
  },
);

it('the name that BullMQ writes when its worker has one, and a worker without one', async () => {
  const named = driver.open({}, {}, { name: 'worker.4' });
  const nameless = driver.open();
  await Promise.all([named.add(), nameless.add()]);
  await Promise.all([named.takeJob(), nameless.takeJob()]);

  expect(await new Worker(named.queue, nameless.queue).quantity()).toBe(16);
  expect(warn.mock.calls).toEqual([[expect.stringMatching(WARNING)]]);
});

it('active jobs that skipActive leaves out, and those of a paused queue, are protected', async () => {
  const { queue } = await busy(['worker.3'], 2);
  await queue.pause();

  expect(await new Lean(queue).quantity()).toBe(11);
  expect(await new Worker(queue).quantity()).toBe(11);
});

it('the highest dyno over all queues, next to a proc of the same queue without protection', async () => {
  const [mail, images] = await Promise.all([busy(['worker.2'], 3), busy(['worker.5'])]);
  const procs = [new Worker(mail.queue, images.queue), new Plain(mail.queue, images.queue)];

  expect(await Promise.all(procs.map((proc) => proc.quantity()))).toEqual([21, 5]);
});

it('looks at the 2,000 longest running jobs', async () => {
  const tested = driver.open();
  const fill = `for id = 1, 2001 do
    redis.call('LPUSH', KEYS[1], id)
    redis.call('HSET', KEYS[2] .. id, 'processedOn', id, 'ats', 1, 'pb', id == 2001 and 'worker.999' or 'worker.1')
  end`;
  await observer.eval(fill, 2, tested.key('active'), tested.key(''));

  const proc = new Worker(tested.queue);

  expect(await proc.quantity()).toBe(2001);
  await observer.rpop(tested.key('active'));
  expect(await proc.quantity()).toBe(4991);
});

/** A job starts in this worker, the job at this place ends or fails and waits again, or the proc reads. */
const steps = fc.array(
  fc.oneof(
    fc.record({ start: fc.constantFrom('worker.1', 'worker.2', 'worker.9', 'worker.10', 'web.12', 'mail', '') }),
    fc.record({ end: fc.nat(3), isCompleted: fc.boolean() }),
    fc.constant('read' as const),
  ),
  { minLength: 5, maxLength: 40 },
);

it('a walk over jobs: with what it knows from the last reading, a proc answers as one that reads for the first time', async () => {
  const tested = driver.open();
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (walk, lifo) => {
      await tested.addMany(5, { attempts: 100, lifo });
      const known = new Worker(tested.queue);
      const active: Job[] = [];
      let left = 5;
      for (const step of walk) {
        if (step === 'read') {
          expect(await known.quantity()).toBe(await new Worker(tested.queue).quantity());
        } else if ('start' in step) {
          if (active.length < left) {
            active.unshift(await start(tested, step.start));
          }
        } else {
          const [job] = active.splice(step.end, 1);
          if (step.isCompleted) {
            await job?.moveToCompleted('done', tested.token, false);
            left -= job ? 1 : 0;
          } else {
            await job?.moveToFailed(new Error('failed by the test'), tested.token, false);
          }
        }
      }
    }),
    { numRuns: SEQUENCES, plugins: [fc.afterEach(() => tested.empty())] },
  );
});

it('the job of the highest dyno starts again in another', async () => {
  const tested = driver.open();
  await tested.addMany(2, { attempts: 2 });
  const inTheHighest = await start(tested, 'worker.9');
  await start(tested, 'worker.1');
  const proc = new Worker(tested.queue);
  expect(await proc.quantity()).toBe(41);

  await inTheHighest.moveToFailed(new Error('failed by the test'), tested.token, false);
  await start(tested, 'worker.2');
  expect(await proc.quantity()).toBe(6);
});

it('more names than a function can have arguments', () => {
  expect(leastSize(5, Array<string>(200_000).fill('worker.3'), 'worker')).toBe(11);
});

it('a prefix that SORT takes for a pattern', async () => {
  const { queue } = await busy(['worker.3'], 0, { prefix: 'a*b' });

  expect(await new Worker(queue).quantity()).toBe(11);
});

it('a user who may read the keys of BullMQ only, so that SORT is refused', async () => {
  await observer.call('ACL', 'SETUSER', 'app', 'on', '>secret', '~bull:*', '+@all');
  const { queue } = await busy(['worker.3'], 0, { redis: { ...redisAccess(), username: 'app', password: 'secret' } });

  expect(await new Worker(queue).quantity()).toBe(11);
});
