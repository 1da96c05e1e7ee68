/** Nest gives each queue its own connection: some queues are read over one of them, others must never be. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { RedisServer } from '../../../tools/redis-server.js';
import type { RedisAccess } from '../../support/redis.js';
import { procsOf } from '../jobs/run-cases.js';
import type { RedisDriver, ClientOfQueue, Place, RedisTestQueue } from './driver.js';

export function connections<Q>(driver: RedisDriver<Q>): void {
  describe('connections', () => {
    const { Worker } = procsOf(driver);
    let servers: RedisServer[];
    let admin: Redis;

    beforeAll(async () => {
      servers = await Promise.all([RedisServer.start(), RedisServer.start()]);
      admin = new Redis(here().port);
    });
    beforeEach(() => admin.flushall());
    afterAll(() => driver.close());
    afterAll(async () => {
      admin.disconnect();
      await Promise.all(servers.map((server) => server.stop()));
    });

    function here(index = 0): RedisAccess & { readonly db: number } {
      return { host: '127.0.0.1', port: servers[index]?.port ?? 0, db: 0 };
    }

    /** A queue that holds so many jobs, by a connection that is there. */
    async function open(jobs: number, place: Place): Promise<RedisTestQueue<Q>> {
      const queue = driver.open({ name: 'same', ...place });
      await queue.addMany(jobs);
      return queue;
    }

    /** The number of each, and of all in one proc, asked for at once. */
    async function sizes(...queues: readonly RedisTestQueue<Q>[]): Promise<readonly number[]> {
      const procs = queues.map(({ queue }) => new Worker(queue));
      return Promise.all([...procs, new Worker(...queues.map(({ queue }) => queue))].map((proc) => proc.quantity()));
    }

    function event(client: ClientOfQueue, name: 'connect' | 'ready' | 'close'): Promise<void> {
      return new Promise((resolve) => client.once(name, resolve));
    }

    it('with the same server, user and database: one of them reads the queues of all', async () => {
      const queues = await Promise.all([1, 2, 3].map((jobs) => open(jobs, { name: `of ${jobs}`, redis: here() })));
      await sizes(...queues);
      await admin.config('RESETSTAT');

      expect(await sizes(...queues)).toEqual([1, 2, 3, 6]);
      expect(await admin.info('commandstats')).toMatch(/cmdstat_evalsha:calls=1,/);
    });

    it('to two servers', async () => {
      const queues = await Promise.all([open(1, { redis: here() }), open(2, { redis: here(1) })]);

      expect(await sizes(...queues)).toEqual([1, 2, 3]);
    });

    it('to two databases', async () => {
      const queues = await Promise.all([open(1, { redis: here() }), open(2, { redis: { ...here(), db: 1 } })]);

      expect(await sizes(...queues)).toEqual([1, 2, 3]);
    });

    it('as two users, of whom neither may read what the other may', async () => {
      const queues = await Promise.all(
        ['ann', 'bob'].map(async (username, index) => {
          const password = `password of ${username}`;
          await admin.call('ACL', 'SETUSER', username, 'on', `>${password}`, `~${username}:*`, '&*', '+@all');
          return open(index + 1, { prefix: username, redis: { ...here(), username, password } });
        }),
      );

      expect(await sizes(...queues)).toEqual([1, 2, 3]);
    });

    describe('of which one selects another database', () => {
      /** In the database of its options, the queue has two jobs; in the other it has four. */
      async function both(): Promise<[RedisTestQueue<Q>, RedisTestQueue<Q>]> {
        const first = await open(1, { name: 'first', redis: here() });
        await open(2, { name: 'other', redis: here() });
        await open(4, { name: 'other', redis: { ...here(), db: 1 } });
        return [first, driver.open({ name: 'other', redis: here() })];
      }

      it('later: reads what is there from then on', async () => {
        const [first, other] = await both();
        expect(await sizes(first, other)).toEqual([1, 2, 3]);
        await other.client.select(1);

        expect(await sizes(first, other)).toEqual([1, 4, 5]);
      });

      it('before it was ever there: reads what is there then', async () => {
        const [first, other] = await both();
        const selected = other.client.select(1);

        expect(await sizes(first, other)).toEqual([1, 4, 5]);
        await selected;
      });

      it('and is lost: takes no number from the database that its options name', async () => {
        const [first, other] = await both();
        await other.client.select(1);
        await sizes(first, other);

        const connected = event(other.client, 'connect');
        const ready = event(other.client, 'ready');
        await Promise.all([event(other.client, 'close'), admin.client('KILL', 'ID', await other.client.client('ID'))]);
        await connected;
        const measured = Promise.all([first, other].map(({ queue }) => new Worker(queue).quantity()));
        expect(await measured).toEqual([1, 4]);

        await ready;
        expect(await sizes(first, other)).toEqual([1, 4, 5]);
      });
    });
  });
}
