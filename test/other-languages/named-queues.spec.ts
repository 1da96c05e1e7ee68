/** All backends whose queues are names: their arguments, their warnings, and the places where their queues can live. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { CeleryProc } from '../../lib/celery/index.js';
import { HireFireProc } from '../../lib/index.js';
import { RedisListProc } from '../../lib/redis-list/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { SidekiqProc } from '../../lib/sidekiq/index.js';
import { RedisCluster } from '../../tools/redis-cluster.js';
import { RedisServer } from '../../tools/redis-server.js';
import { startApp } from '../support/apps.js';
import { NODE_REDIS } from './clients.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await RedisServer.start();
  redis = new Redis(server.port, '127.0.0.1');
});
beforeEach(() => redis.flushall());
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

@HireFireProc('rq')
class OfRQ extends RQProc {}
@HireFireProc('celery', { skipActive: true })
class OfCelery extends CeleryProc {}
@HireFireProc('sidekiq')
class OfSidekiq extends SidekiqProc {}
@HireFireProc('lists', { skipActive: true })
class OfLists extends RedisListProc {}

const PROCS = [
  { Proc: OfRQ, base: 'RQProc', key: 'rq:queue:mail' },
  { Proc: OfCelery, base: 'CeleryProc', key: 'mail' },
  { Proc: OfSidekiq, base: 'SidekiqProc', key: 'queue:mail' },
  { Proc: OfLists, base: 'RedisListProc', key: 'mail' },
] as const;

type NamedProcClass = new (
  redis: Redis,
  ...names: string[]
) => { quantity(): Promise<number>; latency(): Promise<number> };

/** As from JavaScript, where anything can be handed over. */
function make(Proc: (typeof PROCS)[number]['Proc'], ...args: unknown[]): unknown {
  return Reflect.construct(Proc, args);
}

describe.each(PROCS)('$base', ({ Proc, base, key }) => {
  it('refuses to be without a client, a queue, or a name', () => {
    expect(() => make(Proc)).toThrow(`${Proc.name} has no queue: name at least one, as in super(redis, 'default').`);
    expect(() => make(Proc, redis)).toThrow(`${Proc.name} has no queue`);
    expect(() => make(Proc, undefined, 'mail')).toThrow(
      `${Proc.name} extends ${base}, whose first argument is the app's Redis client, of ioredis or node-redis, but it is ` +
        `undefined: inject the client, as in @Inject(REDIS) redis: Redis. For a client that is made later, hand over a function ` +
        `that returns it, as in super(() => service.redis, 'mail').`,
    );
    expect(() => make(Proc, 'high', 'default')).toThrow('but it is a string');
    expect(() => make(Proc, { status: 'ready' }, 'mail')).toThrow('but it is an object');
    for (const [name, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['', 'empty'],
      [5, '5'],
    ] as const) {
      expect(() => make(Proc, redis, 'mail', name)).toThrow(
        `${Proc.name}: the name of queue 2 of 2 must be a text, as in super(redis, 'default'), but it is ${shown}.`,
      );
      expect(() => make(Proc, redis, name)).toThrow(`${Proc.name}: the name of queue 1 of 1 must be a text`);
    }
  });

  it('counts a queue that is named twice once', async () => {
    await redis.lpush(key, '{}', '{}');

    expect(await new Proc(redis, 'mail', 'mail').quantity()).toBe(2);
  });

  it('reads a hundred procs in one round trip, each with its own number', async () => {
    const procs = Array.from({ length: 100 }, (_, index) => new Proc(redis, `mail${index}`));
    const pipeline = redis.pipeline();
    procs.forEach((_, index) => {
      for (let count = 1; count <= index % 7; count++) {
        pipeline.lpush(`${key}${index}`, '{}');
      }
      pipeline
        .sadd('rq:queues', `rq:queue:mail${index}`)
        .sadd('queues', `mail${index}`)
        .sadd(`_kombu.binding.mail${index}`, '');
    });
    await pipeline.exec();
    jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    await procs[0]?.quantity();
    await redis.config('RESETSTAT');

    expect(await Promise.all(procs.map((proc) => proc.quantity()))).toEqual(procs.map((_, index) => index % 7));
    expect(await redis.info('commandstats')).toMatch(/cmdstat_evalsha:calls=4,/);
    jest.restoreAllMocks();
  });

  it('refuses the promise of a function, and handles its rejection', async () => {
    const promise = Promise.reject(new Error('no Redis'));
    const proc = new Proc((() => promise) as unknown as () => Redis, 'mail');

    await expect(proc.quantity()).rejects.toThrow(
      'the function in super() returns a promise: await it where it is made, and return its result',
    );
  });

  it('asks a function for its client at each reading: one that comes late, and one that takes its place', async () => {
    const other = await RedisServer.start();
    const second = new Redis(other.port, '127.0.0.1');
    try {
      let client: Redis | null | undefined;
      const proc = new Proc(() => client, 'mail');
      expect(proc.descriptions).toEqual([{ name: key, server: undefined }]);
      await expect(proc.quantity()).rejects.toThrow(/^its Redis client is not connected yet$/);
      client = null;
      await expect(proc.quantity()).rejects.toThrow(/^its Redis client is not connected yet$/);

      await redis.lpush(key, '{}');
      client = redis;
      expect(await proc.quantity()).toBe(1);
      expect(proc.descriptions).toEqual([{ name: key, server: `127.0.0.1:${server.port}/0` }]);
      await second.lpush(key, '{}', '{}');
      client = second;
      expect(await proc.quantity()).toBe(2);
    } finally {
      second.disconnect();
      await other.stop();
    }
  });

  it('fails while its function throws or returns anything else', async () => {
    const thrown = new Error('the service is not ready');
    const throwing = make(
      Proc,
      () => {
        throw thrown;
      },
      'mail',
    ) as InstanceType<typeof Proc>;
    expect(throwing.descriptions).toEqual([{ name: key, server: undefined }]);
    await expect(throwing.quantity()).rejects.toBe(thrown);
    const wrong = make(Proc, () => 'redis://127.0.0.1', 'mail') as InstanceType<typeof Proc>;
    await expect(wrong.quantity()).rejects.toThrow(`${Proc.name} extends ${base}, whose first argument is`);
  });

  it('describes the queues that it reads', () => {
    const { port } = server;

    expect(new Proc(redis, 'mail', 'images').descriptions).toEqual([
      { name: key, server: `127.0.0.1:${port}/0` },
      { name: key.replace('mail', 'images'), server: `127.0.0.1:${port}/0` },
    ]);
    for (const { create } of NODE_REDIS) {
      const client = create({ url: 'redis://ann:secret@example.com:6380/2' });
      expect(new Proc(client, 'mail').descriptions).toEqual([{ name: key, server: 'example.com:6380/2' }]);
    }
  });
});

describe('a name that the library has never heard of', () => {
  const warned: unknown[] = [];
  beforeEach(() => {
    warned.length = 0;
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((message: unknown) => void warned.push(message));
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it.each([
    {
      Proc: OfRQ,
      known: () => redis.sadd('rq:queues', 'rq:queue:high', 'rq:queue:default'),
      message:
        'there is no queue "hihg" on HERE, only default, high. Correct the name, unless no job was ever enqueued there.',
    },
    {
      Proc: OfSidekiq,
      known: () => redis.sadd('queues', 'high', 'default'),
      message:
        'there is no queue "hihg" on HERE, only default, high. Correct the name, unless no job was ever pushed there.',
    },
    {
      Proc: OfCelery,
      known: () => redis.sadd('_kombu.binding.high', 'high\x06\x16\x06\x16high'),
      message: 'there is no queue "hihg" on HERE. Correct the name, unless no worker was ever started for it.',
    },
    {
      Proc: OfLists,
      known: () => redis.lpush('high', 'an entry'),
      message:
        'there is no queue "hihg" on HERE. That is as it should be while the list is empty; otherwise correct the key.',
    },
  ])('is warned of once, with the cure: $Proc.name', async ({ Proc, known, message }) => {
    await known();
    const proc = new Proc(redis, 'high', 'hihg');
    for (let count = 1; count <= 3; count++) {
      await proc.quantity();
    }

    expect(warned).toEqual([`${Proc.name}: ${message.replace('HERE', `127.0.0.1:${server.port}/0`)}`]);
  });

  it('is no longer unknown once it has jobs', async () => {
    await redis.lpush('rq:queue:new', 'a job');
    await new OfRQ(redis, 'new').quantity();

    expect(warned).toEqual([]);
  });
});

describe('a keyPrefix of ioredis', () => {
  let prefixed: Redis;
  beforeAll(() => {
    prefixed = new Redis(server.port, { keyPrefix: 'app:' });
  });
  afterAll(() => {
    prefixed.disconnect();
  });

  it.each([
    { Proc: OfRQ, cure: `Give it a client without one: RQ's keys begin with "rq:", always.` },
    { Proc: OfCelery, cure: `as in super(redis, { global_keyprefix: 'app:' }, 'celery').` },
    { Proc: OfSidekiq, cure: `as in super(redis, { namespace: 'app' }, 'default').` },
  ])('is refused, because the workers do not know it: $Proc.name', ({ Proc, cure }) => {
    expect(() => new Proc(prefixed, 'mail')).toThrow(
      `${Proc.name}: its Redis client has the keyPrefix "app:", which workers in other languages know nothing of.`,
    );
    expect(() => new Proc(prefixed, 'mail')).toThrow(cure);
  });

  it('holds for lists, as it does for the commands of the app', async () => {
    await prefixed.lpush('mail', 'an entry');
    await prefixed.zadd('huey.schedule.mail', 0, 'due');

    expect(await new OfLists(prefixed, { schedule: 'huey.schedule.mail' }, 'mail').quantity()).toBe(2);
  });
});

describe('an app', () => {
  it.each([OfCelery, OfLists])(
    'does not start without skipActive, and learns why: $name',
    async (Proc: NamedProcClass) => {
      @HireFireProc('worker')
      class WorkerProc extends Proc {}

      const start = (type: typeof WorkerProc): ReturnType<typeof startApp> =>
        startApp({ providers: [{ provide: type, useValue: new type(redis, 'mail') }] });
      await expect(start(WorkerProc)).rejects.toThrow(`can't see active jobs`);

      @HireFireProc('worker', { skipActive: true })
      class LeanProc extends Proc {}

      await (await start(LeanProc)).close();
    },
  );

  it.each([OfCelery, OfLists])('does not start with the metric latency: $name', async (Proc: NamedProcClass) => {
    @HireFireProc('worker', { metric: 'latency', skipActive: true })
    class WorkerProc extends Proc {}

    const app = startApp({ providers: [{ provide: WorkerProc, useValue: new WorkerProc(redis, 'mail') }] });
    await expect(app).rejects.toThrow(`can't measure the metric 'latency'. Use 'size'.`);
  });
});

describe('an option that is none', () => {
  it.each([
    { Proc: OfCelery, known: 'priority_steps, sep, global_keyprefix' },
    { Proc: OfSidekiq, known: 'namespace' },
    { Proc: OfLists, known: 'schedule' },
  ])('is refused: $Proc.name', ({ Proc, known }) => {
    expect(() => make(Proc, redis, { prefix: 'app' }, 'mail')).toThrow(
      `${Proc.name}: there is no option "prefix", only ${known}. Remove it or correct its name.`,
    );
    expect(() => make(Proc, redis, {})).toThrow(`${Proc.name} has no queue`);
  });
});

describe('on a Redis Cluster', () => {
  let servers: RedisCluster;
  let cluster: Cluster;
  beforeAll(async () => {
    servers = await RedisCluster.start();
    cluster = new Cluster(servers.masters.map(({ port }) => ({ host: '127.0.0.1', port })));
  });
  afterAll(async () => {
    cluster.disconnect();
    await servers.stop();
  });

  it('lists of any slot add up, and a library that needs more than one key fails', async () => {
    for (const [index, key] of ['a', 'b', 'c', '{a}:1', '{a}:2'].entries()) {
      await cluster.lpush(key, ...Array.from({ length: 10 ** index }, () => 'an entry'));
    }

    expect(await new OfLists(cluster, 'a', 'b', 'c', '{a}:1', '{a}:2').quantity()).toBe(11_111);
    await expect(new OfRQ(cluster, 'a', 'b', 'c').quantity()).rejects.toThrow();
  });
});
