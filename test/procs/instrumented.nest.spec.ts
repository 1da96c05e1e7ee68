/** An app whose container holds Proxies in the place of instances, as tracing libraries put them there (since Nest 11). */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { Inject, Module, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { ClientProc, HireFireModule, HireFireProc, QueueProc, type QueueReading } from '../../lib/index.js';
import { HireFireMetrics } from '../../lib/prometheus/index.js';
import { RedisListProc } from '../../lib/redis-list/index.js';
import { stoppedClock } from '../support/clock.js';
import { HttpClient } from '../support/http-client.js';
import { ADAPTERS, newAdapter, QUIET } from '../support/http-hosts.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { closingAfterEach, LOG_ONLY, queuedFor, routerLines } from '../web/support.js';

type Decorator = NonNullable<NestApplicationOptions['instrument']>['instanceDecorator'];

const tracing =
  (receiverOf: (instance: object, proxy: unknown) => unknown): Decorator =>
  (instance) =>
    // Nest itself could call no method of its Map of modules through a Proxy.
    typeof instance !== 'object' || instance === null || instance instanceof Map
      ? instance
      : new Proxy(instance, {
          get(target, key, proxy): unknown {
            const receiver = receiverOf(target, proxy);
            const value: unknown = Reflect.get(target, key, receiver);
            if (typeof value !== 'function' || key === 'constructor') {
              return value;
            }
            return (...args: unknown[]): unknown => Reflect.apply(value, receiver, args);
          },
        });

const DECORATORS: readonly (readonly [string, Decorator])[] = [
  ['calls methods on the instance', tracing((instance) => instance)],
  ['calls methods on its Proxy', tracing((_, proxy) => proxy)],
];

const prefix = `instrumented-${randomUUID()}`;

@HireFireProc('bull')
class BullWorker extends BullProc {
  constructor(@Inject('bull') queue: Bull.Queue) {
    super(queue);
  }
}

@HireFireProc('bullmq', { queues: ['images'] })
class BullMQWorker extends BullMQProc {}

@HireFireProc('list', { skipActive: true })
class ListWorker extends RedisListProc {
  constructor(@Inject('redis') redis: Redis) {
    super(redis, prefix);
  }
}

@HireFireProc('own', { metric: 'latency' })
class OwnWorker extends QueueProc<string> {
  constructor() {
    super('mail');
  }

  protected read(queues: readonly string[]): Promise<QueueReading[]> {
    return Promise.resolve(queues.map(() => ({ ready: 1, active: 1, latency: 1.5 })));
  }
}

@HireFireProc('clients')
class ClientsWorker extends ClientProc<{ size: number }> {
  queues = ['mail', 'images'];

  client(): { size: number } {
    return { size: 2 };
  }

  quantity(): number {
    return this.clients.reduce((sum, { size }) => sum + size, 0);
  }
}

const registry = new Registry();

@Module({
  imports: [HireFireModule.forRoot(LOG_ONLY)],
  providers: [
    { provide: 'bull', useFactory: () => new Bull('mail', { redis: redisAccess(), prefix }) },
    { provide: 'bullmq', useFactory: () => new Queue('images', { connection: redisAccess(), prefix }) },
    { provide: 'redis', useFactory: () => new Redis(redisUrl()) },
    ...[BullWorker, BullMQWorker, ListWorker, OwnWorker, ClientsWorker],
    HireFireMetrics.in(registry),
  ],
})
class AppModule {}

const NUMBERS = [
  { name: 'bull', quantity: 1, value: 1 },
  { name: 'bullmq', quantity: 2, value: 2 },
  { name: 'clients', quantity: 4, value: 4 },
  { name: 'list', quantity: 3, value: 3 },
  { name: 'own', quantity: 1.5, value: 1.5 },
];

stoppedClock();
const lines = routerLines();
const closing = closingAfterEach();

/** The test's own clients add and remove the jobs. */
let redis: Redis;
let bull: Bull.Queue;
let bullmq: Queue;

beforeAll(async () => {
  redis = new Redis(redisUrl());
  bull = new Bull('mail', { redis: redisAccess(), prefix });
  bullmq = new Queue('images', { connection: redisAccess(), prefix });
  await Promise.all([
    bull.add({}),
    bullmq.addBulk([
      { name: 'job', data: {} },
      { name: 'job', data: {} },
    ]),
    redis.lpush(prefix, 'a', 'b', 'c'),
  ]);
});

afterAll(async () => {
  await Promise.all([bull.obliterate({ force: true }), bullmq.obliterate({ force: true }), redis.del(prefix)]);
  await Promise.all([bull.close(), bullmq.close(), redis.quit()]);
});

describe.each(ADAPTERS)('an app on %s', (adapter) => {
  describe.each(DECORATORS)('with a decorator of instances that %s', (_name, instanceDecorator) => {
    it('has its procs and its requests measured', async () => {
      const options: Pick<NestApplicationOptions, 'instrument' | 'logger' | 'abortOnError'> = {
        ...QUIET,
        instrument: { instanceDecorator },
      };
      const app = closing(await NestFactory.create(AppModule, newAdapter(adapter), options));
      [app.get<Bull.Queue>('bull'), app.get<Queue>('bullmq')].forEach((queue) =>
        closing({ close: () => queue.close() }),
      );
      closing({ close: () => app.get<Redis>('redis').disconnect() });
      await app.listen(0, '127.0.0.1');
      const client = closing(HttpClient.of(app));

      expect((await client.get('/hirefire/test', queuedFor(1))).body).toBe('HireFire Middleware Found!');
      expect(JSON.parse((await client.get('/hirefire/development/info', queuedFor(2))).body)).toEqual(NUMBERS);
      expect(await registry.metrics()).toContain('hirefire_proc_up{name="bullmq"} 1');
      expect((await client.get('/nowhere', queuedFor(3))).status).toBe(404);
      expect((await client.get('/nowhere', queuedFor(4))).status).toBe(404);
      expect(await lines.take()).toEqual([3, 4]);
    });
  });
});
