/** node-redis as the app's client: the same guards as with ioredis. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger, type INestApplication } from '@nestjs/common';
import { CeleryProc } from '../../lib/celery/index.js';
import { HireFireProc, HireFireService } from '../../lib/index.js';
import { RedisListProc } from '../../lib/redis-list/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { SidekiqProc } from '../../lib/sidekiq/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { failed, NEVER } from '../contract/jobs/app.js';
import { faults } from '../contract/jobs/faults.js';
import { RedisListDriver } from '../redis-list/redis-list-driver.js';
import { poll, startApp } from '../support/apps.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import {
  closeNodeRedis,
  NODE_REDIS,
  NodeRedisLink,
  openNodeRedis,
  type NodeRedis,
  type NodeRedisOptions,
} from './clients.js';

@HireFireProc('worker', { skipActive: true })
class WorkerProc extends RedisListProc {}

describe.each(NODE_REDIS)('$version', ({ create }) => {
  beforeAll(() => {
    Logger.overrideLogger(false);
  });
  const driver = new RedisListDriver(
    0,
    { library: 'a list', keyOf: (name) => name, push: 'lpush', pop: 'rpop' },
    openNodeRedis(create),
  );
  faults(driver);
  afterAll(() => driver.close());

  describe('a client', () => {
    let server: RedisServer;
    let client: NodeRedis | undefined;
    let app: INestApplication | undefined;

    afterEach(async () => {
      await app?.close();
      if (client?.isOpen === true) {
        await closeNodeRedis(client);
      }
      await server.stop();
    });

    /** An app whose client is not open yet. */
    async function start(options: NodeRedisOptions = {}): Promise<[NodeRedis, INestApplication, NodeRedisLink]> {
      client = create({ url: `redis://127.0.0.1:${server.port}`, ...options });
      client.on('error', () => undefined);
      const link = new NodeRedisLink(client);
      const proc = new WorkerProc(client, 'mail');
      app = await startApp({ providers: [{ provide: WorkerProc, useValue: proc }] }, { timeout: NEVER });
      return [client, app, link];
    }

    const none = { status: 200, body: [{ name: 'worker', quantity: 0, value: 0 }] };

    it('that is not open yet is waited for', async () => {
      server = await RedisServer.start();
      const [opened, app] = await start();
      const early = poll(app);
      await opened.connect();

      expect(await early).toEqual(none);
    });

    it('that the app closed fails polls at once, and is right once it is open again', async () => {
      server = await RedisServer.start();
      const [opened, app] = await start();
      await opened.connect();
      expect(await poll(app)).toEqual(none);
      await closeNodeRedis(opened);

      expect(await poll(app)).toEqual(failed('the connection to Redis is down'));
      await opened.connect();
      expect(await poll(app)).toEqual(none);
    });

    it('that gives up before it was ever there fails the poll that waits for it', async () => {
      server = await RedisServer.reserve();
      const [opened, app] = await start({ socket: { reconnectStrategy: false } });
      const waiting = poll(app);
      await expect(opened.connect()).rejects.toThrow('ECONNREFUSED');

      expect(await waiting).toEqual(failed(expect.stringMatching(/^the connection to Redis is down/)));
      expect(await poll(app)).toEqual(failed(expect.stringMatching(/^the connection to Redis is down/)));
    });

    it('that is lost with a poll under way fails that one, and no later one', async () => {
      server = await RedisServer.start();
      const [opened, app, link] = await start();
      await opened.connect();
      await link.untilReady();
      server.freeze();
      const underWay = poll(app);
      await link.untilSent();
      await server.kill();
      expect(await underWay).toEqual(failed(expect.stringMatching(/^the connection to Redis is down/)));

      await server.start();
      await link.untilReady();
      expect(await poll(app)).toEqual(none);
    });

    it.each([
      { what: 'a wrong password', settings: ['--requirepass', 'the-right-one'], reason: /WRONGPASS/ },
      { what: 'a password that the server has none of', settings: [], reason: /NOPASSWORD/ },
    ])('with $what fails polls at once, and shows no credentials', async ({ settings, reason }) => {
      server = await RedisServer.start(...settings);
      const [opened, app] = await start({ password: 'the-wrong-one' });
      opened.connect().catch(() => undefined);

      const answer = await poll(app);
      expect(answer).toEqual(failed(expect.stringMatching(reason)));
      expect(JSON.stringify(answer)).not.toMatch(/the-(right|wrong)-one/);
    });

    describe('at a clock that stands still', () => {
      stoppedRedisClock();

      it('reads all queues of all procs in one round trip', async () => {
        server = await RedisServer.start();
        client = create({ url: `redis://127.0.0.1:${server.port}` });
        await client.connect();
        const redis = client;

        @HireFireProc('rq')
        class OfRQ extends RQProc {}

        @HireFireProc('sidekiq', { metric: 'latency' })
        class OfSidekiq extends SidekiqProc {}

        @HireFireProc('celery', { skipActive: true })
        class OfCelery extends CeleryProc {}

        @HireFireProc('lists', { skipActive: true })
        class OfLists extends RedisListProc {}

        const procs = [
          new OfRQ(redis, 'high', 'default'),
          new OfSidekiq(redis, 'default', 'low'),
          new OfCelery(redis, 'celery', 'mail'),
          new OfLists(redis, 'hotqueue:mail', 'huey.redis.app'),
        ];
        await redis.lPush('rq:queue:high', ['1', '2']);
        await redis.lPush('queue:low', JSON.stringify({ enqueued_at: Date.now() / 1000 - 3600 }));
        await redis.lPush('mail', ['{}', '{}', '{}']);
        await redis.lPush('huey.redis.app', ['1', '2', '3', '4']);
        app = await startApp({
          providers: procs.map((useValue) => ({ provide: useValue.constructor, useValue })),
        });
        const service = app.get(HireFireService);
        await service.measure();

        // Frozen, to answer nothing before everything is asked.
        server.freeze();
        const link = new NodeRedisLink(redis);
        const measured = service.measure();
        await link.untilSent();
        expect(link.pending).toBe(4);
        server.thaw();
        expect(await measured).toEqual([
          { name: 'celery', quantity: 3, value: 3 },
          { name: 'lists', quantity: 4, value: 4 },
          { name: 'rq', quantity: 2, value: 2 },
          { name: 'sidekiq', quantity: 3600, value: 3600 },
        ]);
      });
    });
  });
});
