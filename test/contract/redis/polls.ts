/** A poll costs an app's Redis one round trip: it writes nothing, and opens no connection. */
import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { HireFireService } from '../../../lib/index.js';
import { poll } from '../../support/apps.js';
import { contentsOf } from '../../support/redis.js';
import { NEVER } from '../jobs/app.js';
import { RedisTestApp } from './app.js';
import type { RedisDriver } from './driver.js';

/** Our commands and the observer's that Redis does not flag as readonly. */
const EXPECTED = ['evalsha', 'config|resetstat', 'info', 'time'];

export function polls<Q>(driver: RedisDriver<Q>): void {
  describe('a poll', () => {
    const test = new RedisTestApp(driver);

    it('writes nothing, opens no connection, and sends one command per metric', async () => {
      await test.broker.start();
      await test.start({ timeout: NEVER }, { latency: true });
      await test.mail.add({ priority: 2 });
      await test.mail.add({ priority: 3 });
      await test.mail.add({ lifo: true });
      await test.mail.add({ delay: 1 });
      await test.mail.add({ delay: 100_000, attempts: 3, backoff: 5 });
      await test.images.add();
      await test.mail.take();
      await poll(test.app);

      const observer = new Redis(test.broker.url);
      const before = await contentsOf(observer);
      await observer.config('RESETSTAT');

      for (let count = 1; count <= 10; count++) {
        expect((await poll(test.app)).status).toBe(200);
      }

      const statistics = await observer.info('commandstats');
      const seen = [...statistics.matchAll(/cmdstat_([\w|]+):calls=/g)].map(([, name = '']) => name);
      expect(statistics).toMatch(/cmdstat_evalsha:calls=20,/);
      const readers = seen.filter((name) => !EXPECTED.includes(name));
      const flags = (await observer.call('COMMAND', 'INFO', ...readers)) as [string, number, string[]][];
      expect(flags.map(([name, , of]) => ({ name, reads: of.includes('readonly') }))).toEqual(
        readers.map((name) => ({ name, reads: true })),
      );
      expect(await observer.info('stats')).toMatch(/total_connections_received:0\r/);
      expect(await contentsOf(observer)).toEqual(before);
      await observer.quit();
    });

    it('asks for all queues before the first answer', async () => {
      await test.broker.start();
      await test.start({ timeout: 20_000 }, { latency: true });
      await test.link.untilReady();
      await poll(test.app);
      test.broker.freeze();
      const underWay = test.app.get(HireFireService).measure();
      await test.link.untilSent();
      expect(test.link.sent).toBe(2);
      test.broker.thaw();

      expect(await underWay).toEqual([
        { name: 'aged', quantity: 0, value: 0 },
        { name: 'worker', quantity: 0, value: 0 },
      ]);
    });
  });
}
