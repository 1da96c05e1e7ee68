/** BullMQ's own cases, on top of the contract of all backends. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { BullModule as BullMQModule, getQueueToken, InjectQueue } from '@nestjs/bullmq';
import { BullModule, InjectQueue as InjectBullQueue } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { GlideClient, Logger } from '@valkey/valkey-glide';
import Bull, { type Queue as BullQueue } from 'bull';
import * as bullmq from 'bullmq';
import { FlowProducer, Queue, QueueEvents, Worker } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { createClient } from 'redis';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireConfigError, HireFireModule, HireFireProc, HireFireService } from '../../lib/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { take, type Case } from '../contract/jobs/case.js';
import { procsOf, runCases } from '../contract/jobs/run-cases.js';
import { poll, startApp } from '../support/apps.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { BullMQDriver, BullMQTestQueue } from './bullmq-driver.js';
import { BULLMQ_MAJOR } from './major.js';

const DAY = 86_400_000;

const driver = new BullMQDriver();
const flows = new FlowProducer({ connection: { ...redisAccess() } });
afterAll(async () => {
  await driver.close();
  await flows.close();
});

const { Worker: WorkerProc } = procsOf(driver);

/** As JavaScript constructs it, which hands over anything. */
function construct(proc: new (...queues: never[]) => object, ...queues: unknown[]): unknown {
  return Reflect.construct(proc, queues);
}

/** A parent in the queue, with children in another queue. */
async function addFlow(parent: BullMQTestQueue, children: BullMQTestQueue, ofChild: object = {}): Promise<void> {
  await flows.add({
    name: 'parent',
    queueName: parent.queue.name,
    children: [1, 2].map((child) => ({ name: `child ${child}`, queueName: children.queue.name, opts: ofChild })),
  });
}

const cases: Case<BullMQTestQueue>[] = [
  {
    name: 'prioritized jobs only',
    size: 2,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add({ priority: 2 });
      pass(200);
      await queue.add({ priority: 1 });
      pass(100);
    },
  },
  {
    name: 'failed for good, then retried by hand: ready since an unknown time',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      const job = await queue.add();
      pass(500);
      await (await take(queue)).fail();
      pass(300);
      await job.retry();
      pass(200);
    },
  },
  {
    name: 'the same, with its counters reset',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      await queue.add();
      await (await take(queue)).fail();
      pass(300);
      const [job] = await queue.queue.getFailed();
      await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
      pass(200);
    },
  },
  {
    name: 'put off by its own processor, and due 0.4 s ago',
    size: 1,
    latency: 0.4,
    given: async (queue, pass) => {
      await queue.add();
      const job = await queue.takeJob();
      await job.moveToDelayed(Date.now() + 1000, queue.token);
      pass(1400);
    },
  },
  {
    name: 'put off by its own processor, due and moved: ready since an unknown time',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      await queue.add();
      const job = await queue.takeJob();
      await job.moveToDelayed(Date.now() + 1000, queue.token);
      pass(1400);
      await queue.moveDueJobs();
      pass(200);
    },
  },
  {
    name: 'given back by its own processor for a rate limit, in front of one that waits',
    size: 2,
    latency: 0.5,
    given: async (queue, pass) => {
      await queue.add();
      pass(200);
      await queue.add();
      const job = await queue.takeJob();
      pass(300);
      await job.moveToWait(queue.token);
      pass(200);
    },
  },
  {
    name: 'a flow: its parent waits for its children',
    size: 0,
    latency: 0,
    given: async (queue, pass) => {
      await addFlow(queue, driver.open());
      pass(300);
    },
  },
  {
    name: 'a flow: its children, of which one is done',
    size: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await addFlow(driver.open(), queue);
      pass(300);
      await (await take(queue)).complete();
    },
  },
  {
    name: 'a flow: its parent was released at an unknown time',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      const children = driver.open();
      await addFlow(queue, children);
      pass(300);
      await (await take(children)).complete();
      await (await take(children)).complete();
      pass(200);
    },
  },
  {
    name: 'a flow: its parent was released by children that failed',
    size: 1,
    latency: 0.001,
    given: async (queue, pass) => {
      const children = driver.open();
      await addFlow(queue, children, { ignoreDependencyOnFailure: true });
      pass(300);
      await (await take(children)).fail();
      await (await take(children)).fail();
      pass(200);
    },
  },
  {
    name: 'jobs with the same deduplication id',
    size: 1,
    latency: 0.3,
    given: async ({ queue }, pass) => {
      await queue.add('test', {}, { deduplication: { id: 'same' } });
      pass(300);
      await queue.add('test', {}, { deduplication: { id: 'same' } });
    },
  },
  {
    name: 'a queue at its global concurrency: what waits, waits for a worker',
    size: 2,
    sizeWithoutActive: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.queue.setGlobalConcurrency(1);
      await queue.add();
      await queue.add();
      await take(queue);
      pass(300);
      expect(await queue.take()).toBeUndefined();
    },
  },
  {
    name: 'a delay that was changed, and is over for 0.2 s',
    size: 1,
    latency: 0.2,
    given: async ({ queue }, pass) => {
      const job = await queue.add('test', {}, { delay: DAY });
      pass(100);
      await job.changeDelay(500);
      pass(700);
    },
  },
  {
    name: 'a priority that was given later, and one that was taken away',
    size: 2,
    latency: 0.3,
    given: async ({ queue }, pass) => {
      const plain = await queue.add('test', {});
      const prioritized = await queue.add('test', {}, { priority: 3 });
      pass(300);
      await plain.changePriority({ priority: 5 });
      await prioritized.changePriority({ priority: 0 });
    },
  },
  {
    name: 'a back-off with jitter: aged from its longest',
    size: 1,
    latency: 1,
    given: async (queue, pass) => {
      await queue.queue.add('test', {}, { attempts: 2, backoff: { type: 'fixed', delay: 1000, jitter: 0.5 } });
      await (await take(queue)).fail();
      pass(2000);
      await queue.moveDueJobs();
    },
  },
  {
    name: 'the markers that BullMQ 3 and 4 leave among the waiting jobs',
    size: 1,
    latency: 0.3,
    given: async (queue, pass) => {
      await queue.add();
      pass(300);
      await queue.client.lpush(queue.key('wait'), '0:1800000000000');
      await queue.client.rpush(queue.key('wait'), '0:0');
    },
  },
  {
    name: 'such a marker and nothing else',
    size: 0,
    latency: 0,
    given: async (queue) => queue.client.lpush(queue.key('wait'), '0:1800000000000'),
  },
  {
    name: 'a backlog of 150 prioritized jobs, one given back in front of the others of its priority',
    size: 150,
    latency: 0.8,
    given: async (queue, pass) => {
      await queue.addMany(150, { priority: 2 });
      const job = await queue.takeJob();
      pass(600);
      await job.moveToWait(queue.token);
      pass(200);
    },
  },
  {
    name: 'a backlog of 150 plain jobs and 150 prioritized ones, of which one in the middle is the oldest',
    size: 300,
    latency: 3,
    given: async (queue, pass) => {
      await queue.add({ priority: 2 ** 21 - 1 });
      pass(2000);
      await queue.addMany(150);
      await queue.addMany(149, (index) => ({ priority: index + 1 }));
      pass(1000);
    },
  },
];

describe('size and latency', () => {
  runCases(driver, cases, () => driver.open());
});

describe('with the clock stopped', () => {
  const clock = stoppedRedisClock();

  it('a rate limit holds jobs back where they are: they count, and so does their wait', async () => {
    const queue = driver.open({}, {}, { limiter: { max: 2, duration: 60_000 } });
    await queue.addMany(5);
    clock.pass(500);
    await take(queue);
    await take(queue);
    expect(await queue.take()).toBeUndefined();
    clock.pass(200);

    expect(await new WorkerProc(queue.queue).quantity()).toBe(5);
    expect(await new WorkerProc(queue.queue).latency()).toBe(0.7);
  });

  it('a queue that BullMQ 5 paused keeps its jobs in a separate list, which does not count', async () => {
    const queue = driver.open();
    await queue.addMany(2);
    await take(queue);
    clock.pass(500);
    await queue.pause();
    expect(await queue.client.llen(queue.key(BULLMQ_MAJOR === 5 ? 'paused' : 'wait'))).toBe(1);

    expect(await new WorkerProc(queue.queue).quantity()).toBe(1);
    expect(await new WorkerProc(queue.queue).latency()).toBe(0);
  });

  it('a queue gives its client only as a promise', async () => {
    const queue = driver.open();
    await queue.add();
    clock.pass(1500);
    const shy = new Proxy(queue.queue, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target);
        if (key === 'connection') {
          return undefined;
        }
        return key === 'getBackend' ? () => ({ client: queue.promisedClient }) : value;
      },
      has: (target, key) => Reflect.has(target, key),
    });

    expect(await new WorkerProc(shy).quantity()).toBe(1);
    expect(await new WorkerProc(shy).latency()).toBe(1.5);
  });
});

describe('a queue that is closed', () => {
  it('is not asked any more', async () => {
    const queue = new Queue('closed', { connection: { ...redisAccess() } });
    await queue.waitUntilReady();
    await queue.close();

    await expect(new WorkerProc(queue).quantity()).rejects.toThrow('queue 1 of WorkerProc is closed');
  });
});

describe('what is no queue of BullMQ', () => {
  it('a queue of Bull: is refused at start-up', async () => {
    const queue = new Bull('bull', redisUrl());
    expect(() => construct(WorkerProc, driver.open().queue, queue)).toThrow(
      new HireFireConfigError(
        "WorkerProc extends BullMQProc, but queue 2 is a queue of Bull, which keeps its jobs in another way. Extend BullProc of 'nestjs-hirefire/bull' instead, or import InjectQueue and BullModule from '@nestjs/bullmq' for a queue of BullMQ. Queues of both with the same name have one injection token: register each in a module of its own.",
      ),
    );
    await queue.close();
  });

  it('a queue of BullMQ where one of Bull belongs: is refused at start-up', () => {
    class WrongProc extends BullProc {}

    expect(() => construct(WrongProc, driver.open().queue)).toThrow(
      new HireFireConfigError(
        "WrongProc extends BullProc, but queue 1 is a queue of BullMQ, which keeps its jobs in another way. Extend BullMQProc of 'nestjs-hirefire/bullmq' instead, or import InjectQueue and BullModule from '@nestjs/bull' for a queue of Bull. Queues of both with the same name have one injection token: register each in a module of its own.",
      ),
    );
  });

  it('a queue of BullMQ Pro, whose grouped jobs would not be counted: is refused at start-up', async () => {
    // As documented: a subclass of Queue, with methods about groups.
    class QueuePro extends Queue {
      getGroupJobs(): Promise<unknown[]> {
        return Promise.resolve([]);
      }
    }
    const queue = new QueuePro('pro', { connection: { ...redisAccess() } });

    expect(() => construct(WorkerProc, queue)).toThrow(
      new HireFireConfigError(
        "WorkerProc extends BullMQProc, but queue 1 is a queue of BullMQ Pro, which keeps the jobs of its groups apart, where they can't be read. Give the class a quantity() of its own that asks this queue, and let it extend Proc.",
      ),
    );
    await queue.waitUntilReady();
    await queue.close();
  });

  it.each([
    { kind: 'QueueEvents', make: (name: string) => new QueueEvents(name, { connection: { ...redisAccess() } }) },
    {
      kind: 'Worker',
      make: (name: string) => new Worker(name, null, { connection: { ...redisAccess() }, autorun: false }),
    },
    { kind: 'FlowProducer', make: () => new FlowProducer({ connection: { ...redisAccess() } }) },
  ])('$kind, which has keys or a connection but no jobs: is refused at start-up', async ({ make }) => {
    const wrong = make('wrong');

    expect(() => construct(WorkerProc, 'mail', wrong)).toThrow(
      new HireFireConfigError(
        "WorkerProc extends BullMQProc, but queue 2 is no queue of BullMQ: inject one with @InjectQueue() of @nestjs/bullmq, or name it, as in super('mail'). A test without Redis can override the proc itself.",
      ),
    );
    await wrong.close();
  });

  it('a stand-in of a test: fails when it is asked', async () => {
    const module = await Test.createTestingModule({
      imports: [HireFireModule.forRoot()],
      providers: [NewProc, { provide: getQueueToken('migrating'), useValue: {} }],
    }).compile();
    await module.init();
    module.useLogger(false);

    await expect(module.get(HireFireService).measure()).rejects.toThrow(
      'queue 1 of NewProc is no queue of BullMQ: inject one with @InjectQueue() of @nestjs/bullmq. A test without Redis can override NewProc itself.',
    );
    await module.close();
  });
});

/** Modules of an app that moves from Bull to BullMQ: both have a queue of the same name. */
@HireFireProc('old')
class OldProc extends BullProc {
  constructor(@InjectBullQueue('migrating') queue: BullQueue) {
    super(queue);
  }
}

@HireFireProc('new')
class NewProc extends BullMQProc {
  constructor(@InjectQueue('migrating') queue: Queue) {
    super(queue);
  }
}

describe('an app in the middle of a migration', () => {
  const bull = [BullModule.forRoot({ redis: redisAccess() }), BullModule.registerQueue({ name: 'migrating' })];
  const mq = [
    BullMQModule.forRoot({ connection: { ...redisAccess() }, prefix: `bullmq-${randomUUID()}` }),
    BullMQModule.registerQueue({ name: 'migrating' }),
  ];

  it('has a queue of Bull and one of BullMQ with the same name, each in its own module', async () => {
    @Module({ imports: bull, providers: [OldProc] })
    class OldModule {}

    @Module({ imports: mq, providers: [NewProc] })
    class NewModule {}

    const app = await startApp({ imports: [OldModule, NewModule] });
    const [queue] = app.get(NewProc).queues;
    await queue?.add('test', {});

    expect(await poll(app)).toEqual({
      status: 200,
      body: [
        { name: 'new', quantity: 1, value: 1 },
        { name: 'old', quantity: 0, value: 0 },
      ],
    });
    await queue?.obliterate({ force: true });
    await app.close();
  });

  it('has one queue for both in one module, because they share an injection token: the wrong proc refuses it', async () => {
    const module = await Test.createTestingModule({ imports: [...bull, ...mq] }).compile();
    const queue = module.get<object>(getQueueToken('migrating'));

    const refusals = [OldProc, NewProc].filter((proc) => {
      try {
        construct(proc, queue);
        return false;
      } catch (error) {
        return error instanceof HireFireConfigError;
      }
    });
    expect(refusals).toEqual([queue instanceof Queue ? OldProc : NewProc]);
    await module.close();
  });
});

if (BULLMQ_MAJOR === 6) {
  describe('BullMQ 6 without ioredis', () => {
    const clock = stoppedRedisClock();

    @HireFireProc('worker', { protect: { ratio: 5 } })
    class ProtectedProc extends BullMQProc {}

    it('is read through the node-redis that the app gave it, also after Redis forgot the script', async () => {
      const connection = createClient({ url: redisUrl() });
      const module = await Test.createTestingModule({
        imports: [
          BullMQModule.forRoot({ connection, prefix: `node-redis-${randomUUID()}` }),
          BullMQModule.registerQueue({ name: 'migrating' }, { name: 'other' }),
          HireFireModule.forRoot(),
        ],
        providers: [NewProc],
      }).compile();
      await module.init();
      const queue = module.get<Queue>(getQueueToken('migrating'));
      await queue.addBulk([
        { name: 'a', data: {} },
        { name: 'b', data: {}, opts: { priority: 1 } },
      ]);
      module.useLogger(false);
      const service = module.get(HireFireService);

      expect(await service.measure()).toEqual([{ name: 'new', quantity: 2, value: 2 }]);
      await connection.scriptFlush();
      expect(await service.measure()).toEqual([{ name: 'new', quantity: 2, value: 2 }]);
      clock.pass(1500);
      expect(await new WorkerProc(queue).latency()).toBe(1.5);
      const tested = new BullMQTestQueue(queue, { name: 'worker.3' });
      await take(tested);
      expect(await new ProtectedProc(queue).quantity()).toBe(11);
      await tested.release();
      await queue.obliterate({ force: true });

      connection.destroy();
      await expect(service.measure()).rejects.toThrow('the connection to Redis is down');
      await module.close();
    });

    it('is read through the valkey-glide that the app gave it, and fails when the server is gone', async () => {
      Logger.setLoggerConfig('off');
      const server = await RedisServer.start();
      const addresses = [{ host: '127.0.0.1', port: server.port }];
      const glide = await GlideClient.createClient({ addresses });
      const connection = bullmq.createValkeyGlideClient(glide);
      const queue = new Queue('on-glide', { connection });
      queue.on('error', () => undefined);
      const other = new Queue('on-glide-too', { connection });
      other.on('error', () => undefined);
      try {
        await queue.addBulk([
          { name: 'a', data: {} },
          { name: 'b', data: {}, opts: { priority: 1 } },
        ]);
        await other.add('c', {});
        const proc = new WorkerProc(queue, other);

        expect(await proc.quantity()).toBe(3);
        await glide.customCommand(['SCRIPT', 'FLUSH']);
        expect(await proc.quantity()).toBe(3);
        clock.pass(1500);
        expect(await proc.latency()).toBe(1.5);
        await glide.lpush(queue.toKey('active'), ['taken']);
        await glide.hset(queue.toKey('taken'), { pb: 'worker.3' });
        expect(await new ProtectedProc(queue, other).quantity()).toBe(11);

        await server.kill();
        await expect(proc.quantity()).rejects.toThrow('Redis could not be read');
        glide.close();
        await expect(proc.quantity()).rejects.toThrow('Redis could not be read');
      } finally {
        glide.close();
        await server.stop();
      }
    });

    it('and without Redis, on Postgres: is refused at start-up', async () => {
      const { createPostgresBackend } = bullmq;
      const queue = new Queue('on-postgres', { connection: 'postgres://127.0.0.1:1/none' }, createPostgresBackend);
      queue.on('error', () => undefined);

      expect(() => construct(WorkerProc, queue)).toThrow(
        new HireFireConfigError(
          "WorkerProc extends BullMQProc, but queue 1 lives in another store than Redis, which can't be read. Give the class a quantity() of its own that asks this store, and let it extend Proc.",
        ),
      );
      await queue.close();
    });
  });
}
