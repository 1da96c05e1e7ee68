/** Apps also keep their queues on a Cluster, and on a Redis with TLS. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { once } from 'node:events';
import { HireFireProc } from '../../../lib/index.js';
import { RedisCluster } from '../../../tools/redis-cluster.js';
import { RedisServer } from '../../../tools/redis-server.js';
import { poll } from '../../support/apps.js';
import { stoppedRedisClock } from '../../support/redis-clock.js';
import { contentsOf } from '../../support/redis.js';
import { NEVER } from '../jobs/app.js';
import { RedisTestApp } from './app.js';
import { take } from '../jobs/case.js';
import { procsOf } from '../jobs/run-cases.js';
import type { RedisDriver, RedisTestQueue } from './driver.js';

/** Hash tags, as prefixes, of which each master holds one. */
const TAGS = ['{b}', '{c}', '{a}'] as const;

export function places<Q>(driver: RedisDriver<Q>): void {
  describe('on a Redis Cluster', () => {
    let servers: RedisCluster;
    let cluster: Cluster;
    beforeAll(async () => {
      servers = await RedisCluster.start();
      cluster = new Cluster(
        servers.masters.map(({ port }) => ({ host: '127.0.0.1', port })),
        { redisOptions: { maxRetriesPerRequest: null } },
      );
      // Every queue of a library listens to the one client.
      cluster.setMaxListeners(100);
    });
    afterAll(() => driver.close());
    afterAll(async () => {
      cluster.disconnect();
      await servers.stop();
    });

    function open(prefix: string): RedisTestQueue<Q> {
      return driver.open({ prefix, cluster });
    }

    describe('queues of several masters', () => {
      const clock = stoppedRedisClock();
      const { Worker, Lean } = procsOf(driver);

      it('are each on another master', async () => {
        expect(await Promise.all(TAGS.map((tag) => servers.masterOf(tag)))).toEqual(
          servers.masters.map(({ port }) => port),
        );
      });

      it('add up to one size, and the oldest job of all is the latency', async () => {
        const [first, second, third] = [open(TAGS[0]), open(TAGS[1]), open(TAGS[2])];
        const besideFirst = open(TAGS[0]);
        await third.add({ attempts: 2, backoff: 250 });
        await (await take(third)).fail();
        clock.pass(500);
        await first.addMany(3);
        await second.add({ priority: 3 });
        await second.add({ delay: 100 });
        await second.add({ delay: 10_000 });
        await besideFirst.addMany(10, { lifo: true });
        await take(besideFirst);
        clock.pass(500);

        const procs = [first, second, third, besideFirst].map(({ queue }) => new Worker(queue));
        const all = [first.queue, second.queue, third.queue, besideFirst.queue];
        const measured = Promise.all([
          ...procs.map((proc) => proc.quantity()),
          new Worker(...all).quantity(),
          new Lean(...all).quantity(),
        ]);
        expect(await measured).toEqual([3, 2, 1, 10, 16, 15]);
        expect(await Promise.all(procs.map((proc) => proc.latency()))).toEqual([0.5, 0.5, 0.75, 0.5]);
        expect(await new Worker(...all).latency()).toBe(0.75);
        expect(await new Worker(besideFirst.queue, second.queue).latency()).toBe(0.5);
      });

      if (driver.openNamed) {
        it('protect the highest dyno of all', async () => {
          @HireFireProc('worker', { protect: { ratio: 5 } })
          class Protected extends driver.proc {}
          const named = ['worker.2', 'worker.4', 'worker.3'].flatMap(
            (worker, index) => driver.openNamed?.({ prefix: TAGS[index] ?? '', cluster }, worker) ?? [],
          );
          await Promise.all(named.map((queue) => queue.add()));
          await Promise.all(named.map(take));

          expect(await new Protected(...named.map(({ queue }) => queue)).quantity()).toBe(16);
        });
      }

      it('are read by one command per master and metric, over the connections that are there, and nothing is written', async () => {
        const queues = [...TAGS, ...TAGS].map(open);
        await Promise.all(queues.map((queue) => queue.addMany(3, { priority: 2 })));
        const worker = new Worker(...queues.map(({ queue }) => queue));
        await worker.quantity();
        const observers = servers.masters.map(({ url }) => new Redis(url));
        const contents = () => Promise.all(observers.map(contentsOf));
        const before = await contents();
        await Promise.all(observers.map((observer) => observer.config('RESETSTAT')));

        for (let count = 1; count <= 10; count++) {
          expect(await Promise.all([worker.quantity(), worker.latency()])).toEqual([18, 0.001]);
        }

        for (const observer of observers) {
          expect(await observer.info('commandstats')).toMatch(/cmdstat_evalsha:calls=20,/);
          expect(await observer.info('stats')).toMatch(/total_connections_received:0\r/);
        }
        expect(await contents()).toEqual(before);
        observers.forEach((observer) => observer.disconnect());
      });

      it('fail while one is moved to another master, with all, half or none of it there, and are right once it is done', async () => {
        const [first, , third] = servers.masters;
        if (!first || !third) {
          throw new Error('the Cluster has too few masters');
        }
        const [moved, other] = [open(TAGS[2]), open(TAGS[1])];
        await Promise.all([moved.addMany(5), other.addMany(2)]);
        const worker = new Worker(moved.queue, other.queue);
        const refused = { status: 'rejected', reason: expect.objectContaining({ message: expect.any(String) }) };

        await servers.moveSlot(TAGS[2], third, first, async () => {
          const [size, latency] = await Promise.allSettled([worker.quantity(), worker.latency()]);
          expect([size, latency]).toEqual([refused, refused]);
        });
        expect(await worker.quantity()).toBe(7);
        expect(await servers.masterOf(TAGS[2])).toBe(first.port);
        await servers.moveSlot(TAGS[2], first, third, async () => undefined);
        expect(await worker.quantity()).toBe(7);
      });

      it('fail together while one master is down, without a part of the number, and are right once it is back', async () => {
        const queues = TAGS.map(open);
        await Promise.all(queues.map((queue, index) => queue.addMany(2 ** index)));
        const all = new Worker(...queues.map(({ queue }) => queue));
        const others = new Worker(...queues.slice(0, 2).map(({ queue }) => queue));
        expect(await all.quantity()).toBe(7);

        await servers.masters[2]?.kill();
        const [size, latency] = await Promise.allSettled([all.quantity(), all.latency()]);
        expect([size.status, latency.status]).toEqual(['rejected', 'rejected']);
        expect(await others.quantity()).toBe(3);

        await servers.masters[2]?.start();
        await servers.untilOk();
        expect(await all.quantity()).toBe(7);
      });
    });
  });

  describe('on a Redis with TLS and a self-signed certificate', () => {
    const clock = stoppedRedisClock();
    const test = new RedisTestApp(driver);
    let server: RedisServer;
    beforeAll(async () => {
      server = await RedisServer.reserveTls();
      await server.start();
    });
    afterAll(() => server.stop());

    it('is right with the connection that the queue was given', async () => {
      await test.startOn(
        { port: server.port, tls: { rejectUnauthorized: false } },
        { timeout: NEVER },
        { latency: true },
      );
      await test.mail.add({ priority: 2 });
      await test.mail.add();
      await test.images.addMany(3);
      await take(test.images);
      clock.pass(700);

      expect(await poll(test.app)).toEqual({
        status: 200,
        body: [
          { name: 'aged', quantity: 0.7, value: 0.7 },
          { name: 'worker', quantity: 5, value: 5 },
        ],
      });
    });

    it('which a strict client refuses', async () => {
      const strict = new Redis({ port: server.port, tls: {}, retryStrategy: () => null });

      expect(await once(strict, 'error')).toEqual([expect.objectContaining({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })]);
    });
  });
}
