/** Celery's own cases, on top of the contract of all backends. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { CeleryProc, type CeleryOptions } from '../../lib/celery/index.js';
import { HireFireProc } from '../../lib/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import type { TakenJob } from '../contract/jobs/driver.js';
import { describeWith } from '../other-languages/interpreter.js';
import { expectToOnlyRead } from '../other-languages/reads-only.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { CeleryDriver } from './celery-driver.js';

@HireFireProc('worker', { skipActive: true })
class WorkerProc extends CeleryProc {}

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
const clock = stoppedRedisClock();
beforeEach(() => redis.flushall());

const size = (...names: string[]): Promise<number> => new WorkerProc(redis, ...names).quantity();

describeWith('python3-celery', (python) => {
  const driver = new CeleryDriver([python, 'test/celery/celery_oracle.py'], server.port);
  afterAll(() => driver.close());

  it('a task with an ETA counts from its time on: in the list, reserved, and given back', async () => {
    const queue = driver.open();
    await queue.add({ delay: 3_600_000 });
    expect(await size(queue.name)).toBe(0);
    // A worker reserves it, and has nothing to do.
    expect(await queue.take()).toBeUndefined();
    expect([await redis.hlen('unacked'), await redis.llen(queue.name)]).toEqual([1, 0]);
    expect(await size(queue.name)).toBe(0);

    clock.pass(3_600_000 - 1);
    expect(await size(queue.name)).toBe(0);
    clock.pass(1);
    expect(await size(queue.name)).toBe(1);
    await (await queue.take())?.complete();
    expect(await size(queue.name)).toBe(0);
  });

  it('a task that is acknowledged late counts until it is done', async () => {
    const queue = driver.open();
    await queue.addMany(2);
    const job = await queue.take({ late: true });
    expect(await size(queue.name)).toBe(2);
    await job?.complete();
    expect(await size(queue.name)).toBe(1);
  });

  it('what is reserved counts for its own queue', async () => {
    const [mail, images] = [driver.open(), driver.open()];
    await mail.addMany(2);
    await images.addMany(3);
    await mail.take({ late: true });
    await images.take({ late: true });

    expect(await size(mail.name)).toBe(2);
    expect(await size(images.name)).toBe(3);
    expect(await size(mail.name, images.name)).toBe(5);
  });

  it('after each step of random sequences, with late acknowledgement and ETAs', async () => {
    const queue = driver.open();
    const operation = fc.oneof(
      fc.record({
        do: fc.constant('add' as const),
        delay: fc.constantFrom(undefined, 500, 5000),
        priority: fc.nat({ max: 9 }),
      }),
      fc.record({ do: fc.constantFrom('take' as const, 'complete' as const), late: fc.boolean() }),
      fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 3000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 5, maxLength: 25 }), async (operations) => {
        await queue.empty();
        const taken: TakenJob[] = [];
        for (const one of operations) {
          if (one.do === 'add') {
            await queue.add({ priority: one.priority, ...(one.delay === undefined ? {} : { delay: one.delay }) });
          } else if (one.do === 'pass') {
            clock.pass(one.ms);
          } else if (one.do === 'take') {
            const job = await queue.take({ late: one.late });
            taken.push(...(job ? [job] : []));
          } else {
            await taken.shift()?.complete();
          }
          expect(await size(queue.name)).toBe((await queue.expected()).size);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each<{ what: string; options: CeleryOptions }>([
    { what: 'priority_steps', options: { priority_steps: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } },
    { what: 'priority_steps and sep', options: { priority_steps: [0, 5], sep: ':' } },
    { what: 'global_keyprefix', options: { global_keyprefix: 'app:{1}:' } },
  ])('other $what than the default: the lists, and what is reserved', async ({ options }) => {
    const queue = driver.open();
    await queue.reserveWith({ transport: options, priorities: [0, 1, 4, 5, 7, 9], reserve: 2 });

    expect(await new WorkerProc(redis, options, queue.name).quantity()).toBe(6);
  });

  it.each([
    { steps: '0 to 9', transport: { priority_steps: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } },
    { steps: 'without 0', transport: { priority_steps: [1, 5] } },
    { steps: 'as by default', transport: {} },
  ])('priorities $steps need no option, and each message counts once', async ({ transport }) => {
    const queue = driver.open();
    await queue.reserveWith({ transport, priorities: [0, 1, 2, 4, 5, 9], reserve: 1 });
    expect(await size(queue.name)).toBe(6);

    // kombu keeps priority 0 in the queue itself, but another client may write a list for it.
    await redis.lpush(`${queue.name}\x06\x160`, '{}');
    expect(await size(queue.name)).toBe(7);
  });

  it('priority_steps beyond 9 are read as well', async () => {
    const queue = driver.open();
    const transport = { priority_steps: [10, 20] };
    await queue.reserveWith({ transport, priorities: [0, 5], reserve: 0 });

    expect(await new WorkerProc(redis, transport, queue.name).quantity()).toBe(2);
  });

  it.each([
    { what: 'a direct one of another name', exchange: 'media', binding_key: 'v', routing_key: 'v' },
    { what: 'a topic with *', exchange_type: 'topic', exchange: 'media', binding_key: 'v.*.x', routing_key: 'v.1.x' },
    { what: 'a topic with #', exchange_type: 'topic', exchange: 'media', binding_key: 'v.#', routing_key: 'v.1.x' },
  ])(
    'an exchange that is $what: what is reserved counts for the queue that it is bound to',
    async ({ what, ...route }) => {
      const queue = driver.open();
      expect(what).not.toBe('');
      await queue.reserveWith({ ...route, transport: {}, priorities: [0, 0, 0], reserve: 2 });

      expect(await redis.hlen('unacked')).toBe(2);
      expect(await size(queue.name)).toBe(3);
      expect(await size('v.1.x', 'another')).toBe(0);
    },
  );

  it('reads only', async () => {
    const queue = driver.open();
    await queue.addMany(3, (index) => ({ delay: index * 1000 }));
    await queue.take({ late: true });
    await queue.take();
    const proc = new WorkerProc(redis, queue.name, 'unknown');

    await expectToOnlyRead(redis, () => proc.quantity());
  });
});

describe('what is not as Celery writes it', () => {
  it.each(['unacked', 'mail', 'mail\x06\x163'])('%j of a wrong type: an error', async (key) => {
    await redis.set(key, 'a string');

    await expect(size('mail')).rejects.toThrow('WRONGTYPE');
  });

  it.each(['garbage', '[1,2]', 'null', '5', '{"a":1'])(
    'a reserved message %s, which no worker can give back: does not count, with one warning',
    async (garbage) => {
      const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
      await redis.hset('unacked', 'tag', garbage, 'other', '[{}, "", "mail"]');
      const proc = new WorkerProc(redis, 'mail');

      expect([await proc.quantity(), await proc.quantity()]).toEqual([1, 1]);
      expect(warn.mock.calls).toEqual([
        [
          `WorkerProc: an entry of "unacked" on localhost:${server.port}/0 is no message, and no worker can take it: it does not count`,
        ],
      ]);
      warn.mockRestore();
    },
  );

  it('entries of a list that are no messages count', async () => {
    await redis.lpush('mail', 'garbage', '{"headers": {"eta": "garbage"}}', '{"headers": {"eta": 5}}');

    expect(await size('mail')).toBe(3);
  });

  it('a text within a message is no ETA', async () => {
    await redis.lpush('mail', JSON.stringify({ headers: { argsrepr: '{"eta": "2999-01-01T00:00:00"}', eta: null } }));

    expect(await size('mail')).toBe(1);
  });

  it('more reserved messages than can be looked at: an error', async () => {
    const pipeline = redis.pipeline();
    for (let tag = 0; tag <= 20_000; tag++) {
      pipeline.hset('unacked', tag, '[{}, "", "mail"]');
    }
    await pipeline.exec();

    await expect(size('mail')).rejects.toThrow('UNACKED');
    await redis.hdel('unacked', '0');
    expect(await size('mail')).toBe(20_000);
  });

  it.each([[[]], [['high']], ['0,3']])('priority_steps of %j are refused', (priority_steps) => {
    expect(() => Reflect.construct(WorkerProc, [redis, { priority_steps }, 'mail']) as unknown).toThrow(
      'WorkerProc: the option "priority_steps" must be a list of whole numbers',
    );
  });
});
