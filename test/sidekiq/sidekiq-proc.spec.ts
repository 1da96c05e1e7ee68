/** Sidekiq's own cases, on top of the contract of all backends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { HireFireProc } from '../../lib/index.js';
import { SidekiqProc, type SidekiqOptions } from '../../lib/sidekiq/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { runCases } from '../contract/jobs/run-cases.js';
import { describeWith } from '../other-languages/interpreter.js';
import { expectToOnlyRead } from '../other-languages/reads-only.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { SidekiqDriver } from './sidekiq-driver.js';

@HireFireProc('worker')
class WorkerProc extends SidekiqProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends SidekiqProc {}

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

describeWith('ruby-sidekiq', (ruby) => {
  const driver = new SidekiqDriver([ruby, 'test/sidekiq/sidekiq_oracle.rb'], server.port);
  afterAll(() => driver.close());

  describe('size and latency of', () => {
    runCases(
      driver,
      [
        {
          name: 'a retry that is not due',
          size: 0,
          latency: 0,
          given: async (queue, pass) => {
            await queue.add();
            await (await queue.take())?.putOff(15);
            await pass(14_999);
          },
        },
        {
          name: 'a retry that is due, though no process runs',
          size: 1,
          latency: 0.3,
          given: async (queue, pass) => {
            await queue.add();
            await (await queue.take())?.putOff(15);
            await pass(15_300);
          },
        },
        {
          name: 'a job that a process gave back when it was stopped: since it was enqueued',
          size: 2,
          latency: 0.5,
          given: async (queue, pass) => {
            await queue.add();
            await pass(200);
            await queue.add();
            const job = await queue.take();
            await pass(300);
            await job?.giveBack();
          },
        },
      ],
      () => driver.open(),
    );
  });

  it('a process that died counts until its heartbeat is over, though its name is still there', async () => {
    const queue = driver.open();
    await queue.empty();
    await queue.addMany(2);
    await queue.take();
    const proc = new WorkerProc(redis, queue.name);
    expect(await proc.quantity()).toBe(2);

    const [identity = ''] = await redis.smembers('processes');
    // As if 60 s had passed.
    await redis.del(identity);
    expect(await redis.exists(`${identity}:workers`)).toBe(1);
    expect(await proc.quantity()).toBe(1);
  });

  it('queues share their scheduled jobs and their processes, and each has its own', async () => {
    const [mail, images] = [driver.open(), driver.open()];
    await mail.empty();
    await mail.addMany(3);
    await mail.add({ delay: -1000 });
    await images.add({ delay: -3000 });
    await mail.take();
    const measured = [new WorkerProc(redis, mail.name), new WorkerProc(redis, images.name)].map(async (proc) => [
      await proc.quantity(),
      (await proc.latency()) >= 1,
    ]);

    expect(await Promise.all(measured)).toEqual([
      [4, true],
      [1, true],
    ]);
    expect(await new LeanProc(redis, mail.name, images.name).quantity()).toBe(4);
  });

  it('reads only', async () => {
    const queue = driver.open();
    await queue.addMany(4);
    await queue.add({ delay: 100_000 });
    await queue.add({ delay: -100_000 });
    await queue.take();
    const proc = new WorkerProc(redis, queue.name, 'unknown');

    await expectToOnlyRead(redis, () => proc.latency());
  });
});

describe('the storage of', () => {
  const clock = stoppedRedisClock();
  beforeEach(() => redis.flushall());
  const seconds = (): number => Date.now() / 1000;

  it.each([
    { version: '7, with times in seconds', now: seconds },
    { version: '8, with times in milliseconds', now: () => Date.now() },
  ])('Sidekiq $version: the latency, and what a process works on', async ({ now }) => {
    await redis.lpush(
      'queue:mail',
      JSON.stringify({ queue: 'mail', enqueued_at: now() }),
      JSON.stringify({ queue: 'mail' }),
    );
    await redis.sadd('processes', 'web.1:4:abc');
    await redis.hset('web.1:4:abc', 'busy', 1);
    await redis.hset(
      'web.1:4:abc:work',
      'tid',
      JSON.stringify({ queue: 'mail', payload: '{"queue":"other"}', run_at: 5 }),
    );
    clock.pass(2500);

    const proc = new WorkerProc(redis, 'mail');
    expect(await proc.quantity()).toBe(3);
    expect(await proc.latency()).toBe(2.5);
  });

  it.each<{ what: string; options: SidekiqOptions; prefix: string }>([
    { what: 'no namespace', options: {}, prefix: '' },
    { what: 'a namespace', options: { namespace: 'app' }, prefix: 'app:' },
    { what: 'a namespace like a queue', options: { namespace: 'queue:mail' }, prefix: 'queue:mail:' },
  ])('$what: queues, sets, processes, and pauses of Sidekiq Pro', async ({ options, prefix }) => {
    await redis.lpush(`${prefix}queue:mail`, '{}');
    await redis.zadd(`${prefix}schedule`, seconds(), JSON.stringify({ args: [{ queue: 'other' }], queue: 'mail' }));
    await redis.zadd(`${prefix}retry`, seconds() + 1, JSON.stringify({ queue: 'mail' }));
    await redis.zadd(`${prefix}dead`, seconds(), JSON.stringify({ queue: 'mail' }));
    await redis.sadd(`${prefix}processes`, 'one');
    await redis.hset(`${prefix}one`, 'busy', 1);
    await redis.hset(`${prefix}one:work`, 'tid', JSON.stringify({ queue: 'mail' }));
    const proc = new WorkerProc(redis, options, 'mail');
    expect(await proc.quantity()).toBe(3);

    await redis.sadd(`${prefix}paused`, 'mail');
    expect(await proc.quantity()).toBe(1);
    expect(await proc.latency()).toBe(0);
  });

  it('more due jobs than are looked at: the others count, because whose they are is not known', async () => {
    const pipeline = redis.pipeline();
    for (let job = 0; job < 5005; job++) {
      pipeline.zadd(
        'schedule',
        seconds() - 10 + job / 1000,
        JSON.stringify({ jid: job, queue: job % 2 ? 'mail' : 'images' }),
      );
    }
    await pipeline.exec();

    expect(await new WorkerProc(redis, 'mail').quantity()).toBe(2505);
    expect(await new WorkerProc(redis, 'images').quantity()).toBe(2505);
    expect(await new WorkerProc(redis, 'other').quantity()).toBe(5);
  });

  it.each(['queue:mail', 'schedule', 'retry', 'processes', 'paused', 'queues'])(
    '%s of a wrong type: an error',
    async (key) => {
      await redis.set(key, 'a string');

      await expect(new WorkerProc(redis, 'mail').quantity()).rejects.toThrow('WRONGTYPE');
    },
  );

  const ODD = ['garbage', '[]', '5', 'null', '{"class":"Job","args":[]}', '{"queue":null}'];

  it.each(['schedule', 'retry'].flatMap((set) => ODD.map((entry) => ({ set, entry }))))(
    '$entry in $set counts once it is due, for every queue, with one warning: any process takes it off',
    async ({ set, entry }) => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      await redis.sadd('queues', 'mail', 'images');
      await redis.zadd(set, seconds() + 10, entry);
      await redis.zadd(set, seconds() - 20, JSON.stringify({ queue: 'mail' }));
      const procs = [new WorkerProc(redis, 'mail'), new WorkerProc(redis, 'images')];
      const measured = async (): Promise<unknown> =>
        Promise.all(procs.map(async (proc) => [await proc.quantity(), await proc.latency()]));

      expect(await measured()).toEqual([
        [1, 20],
        [0, 0],
      ]);
      expect(warn).not.toHaveBeenCalled();
      clock.pass(10_500);
      expect(await measured()).toEqual([
        [2, 30.5],
        [1, 0.5],
      ]);
      expect(warn.mock.calls).toEqual(
        procs.map(() => [
          `WorkerProc: an entry of "${set}" on localhost:${server.port}/0 names no queue: it counts for every queue until a ` +
            'Sidekiq process takes it off',
        ]),
      );
      warn.mockRestore();
    },
  );

  it('an unreadable entry of a process counts as active for every queue, while the process lives', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await redis.sadd('queues', 'mail');
    await redis.sadd('processes', 'one');
    await redis.hset('one', 'busy', 1);
    await redis.hset('one:work', 'a', 'garbage', 'b', JSON.stringify({ queue: 'mail' }));

    expect(await new WorkerProc(redis, 'mail').quantity()).toBe(2);
    expect(await new LeanProc(redis, 'mail').quantity()).toBe(0);
    await redis.del('one');
    expect(await new WorkerProc(redis, 'mail').quantity()).toBe(0);
    warn.mockRestore();
  });

  it('entries of a queue that are no jobs count, as if they had come just now', async () => {
    await redis.lpush('queue:mail', 'garbage', '[]', '{"enqueued_at":"x"}');
    clock.pass(1000);

    expect(await new WorkerProc(redis, 'mail').quantity()).toBe(3);
    expect(await new WorkerProc(redis, 'mail').latency()).toBe(0.001);
  });
});
