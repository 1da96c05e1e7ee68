import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BullModule, InjectQueue, getQueueToken } from '@nestjs/bull';
import type { INestApplication } from '@nestjs/common';
import type { Queue } from 'bull';
import { Redis, type RedisOptions } from 'ioredis';
import type { Server } from 'node:http';
import { BullProc } from '../../lib/bull/index.js';
import { HireFireProc, HireFireService, type HireFireModuleOptions } from '../../lib/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { poll, startApp } from '../support/apps.js';

@HireFireProc('worker')
class WorkerProc extends BullProc {
  constructor(@InjectQueue('mail') mail: Queue, @InjectQueue('images') images: Queue) {
    super(mail, images);
  }
}

@HireFireProc('aged', { metric: 'latency' })
class AgedProc extends BullProc {
  constructor(@InjectQueue('mail') mail: Queue) {
    super(mail);
  }
}

/** Longer than any test runs: what fails with it fails at once. */
const NEVER = 3_600_000;

const ONE_JOB = { status: 200, body: [{ name: 'worker', quantity: 1, value: 1 }] };
const failed = (message: unknown) => ({ status: 503, body: { errors: [{ name: 'worker', message }] } });

let server: RedisServer;
let app: INestApplication;
let mail: Queue;
let images: Queue;

beforeEach(async () => {
  server = await RedisServer.reserve();
});

afterEach(async () => {
  server.thaw();
  await app.close();
  await server.stop();
});

async function start(options: HireFireModuleOptions, redis: RedisOptions = {}, procs = [WorkerProc]): Promise<void> {
  app = await startApp(
    {
      imports: [
        BullModule.forRoot({ redis: { host: '127.0.0.1', port: server.port, ...redis } }),
        BullModule.registerQueue({ name: 'mail' }, { name: 'images' }),
      ],
      providers: procs,
    },
    options,
  );
  mail = app.get<Queue>(getQueueToken('mail'));
  images = app.get<Queue>(getQueueToken('images'));
}

/** Commands that a queue's client keeps, sent or not yet sent. */
function kept(queue: Queue): number {
  return sent(queue) + lengthOf(queue, 'offlineQueue');
}

function sent(queue: Queue): number {
  return lengthOf(queue, 'commandQueue');
}

function lengthOf({ client }: Queue, list: 'commandQueue' | 'offlineQueue'): number {
  const commands: unknown = Reflect.get(client, list);
  const length: unknown = Reflect.get(Object(commands), 'length');
  if (typeof length !== 'number') {
    throw new Error(`ioredis has no ${list} any more`);
  }
  return length;
}

/** Not `once()` of node:events, which rejects where an error comes before the event, as it does when Redis goes away. */
function event({ client }: Queue, name: 'ready' | 'close' | 'error'): Promise<void> {
  return new Promise((resolve) => client.once(name, () => resolve()));
}

async function untilReady(...queues: Queue[]): Promise<void> {
  await Promise.all(queues.map(async (queue) => queue.client.status === 'ready' || event(queue, 'ready')));
}

describe('Redis killed', () => {
  it('fails polls at once, piles nothing up over 100 of them, and the first poll after the reconnection is right', async () => {
    await server.start();
    await start({ timeout: NEVER });
    await mail.add({});
    expect(await poll(app)).toEqual(ONE_JOB);

    await Promise.all([event(mail, 'close'), event(images, 'close'), server.kill()]);
    for (let count = 1; count <= 100; count++) {
      expect(await poll(app)).toMatchObject({ status: 503 });
    }
    expect([kept(mail), kept(images)]).toEqual([0, 0]);
    expect(await poll(app)).toEqual({
      status: 503,
      body: {
        errors: [{ name: 'worker', message: expect.stringMatching(/^the connection to Redis is down/) }],
      },
    });

    await server.start();
    await untilReady(mail, images);
    await images.add({});
    expect(await poll(app)).toEqual(ONE_JOB);
  });

  it('fails the poll under way, and no later one', async () => {
    await server.start();
    await start({ timeout: NEVER });
    await untilReady(mail, images);
    server.freeze();
    const underWay = poll(app);
    await written(mail);
    await server.kill();
    expect(await underWay).toMatchObject({ status: 503 });

    await server.start();
    await untilReady(mail, images);
    await mail.add({});
    expect(await poll(app)).toEqual(ONE_JOB);
  });

  it('before the first poll: fails that one at once', async () => {
    await server.start();
    await start({ timeout: NEVER });
    await untilReady(mail, images);
    await Promise.all([event(mail, 'close'), event(images, 'close'), server.kill()]);

    expect(await poll(app)).toMatchObject({ status: 503 });
  });
});

/** Resolves once a command of the queue's client is on its way. */
async function written(queue: Queue): Promise<void> {
  while (sent(queue) === 0) {
    await new Promise(setImmediate);
  }
}

describe('Redis frozen', () => {
  it('fails polls within the time-out, piles nothing up over 100 of them, and the first poll after it is right', async () => {
    await server.start();
    await start({ timeout: 100 });
    await mail.add({});
    await images.client.ping();

    server.freeze();
    for (let count = 1; count <= 100; count++) {
      expect(await poll(app)).toEqual(failed('took longer than the time-out of 100 ms'));
    }
    expect([kept(mail), kept(images)]).toEqual([1, 1]);

    server.thaw();
    await Promise.all([mail.client.ping(), images.client.ping()]);
    expect(await poll(app)).toEqual(ONE_JOB);
    expect([kept(mail), kept(images)]).toEqual([0, 0]);
  });

  it('for longer than 30 s: fails polls at once, and sends nothing more until there is an answer', async () => {
    await server.start();
    await start({ timeout: 150 });
    await mail.add({});
    await images.client.ping();
    server.freeze();
    expect(await poll(app)).toEqual(failed('took longer than the time-out of 150 ms'));

    const steady = jest.spyOn(performance, 'now').mockReturnValue(performance.now() + 31_500);
    for (let count = 1; count <= 10; count++) {
      expect(await poll(app)).toEqual(failed('Redis has not answered for over 30 s'));
    }
    steady.mockRestore();
    expect([kept(mail), kept(images)]).toEqual([1, 1]);

    server.thaw();
    await Promise.all([mail.client.ping(), images.client.ping()]);
    expect(await poll(app)).toEqual(ONE_JOB);
  });

  it('answers 50 polls at once from one measurement', async () => {
    await server.start();
    await start({ timeout: 20_000 });
    await mail.add({});
    expect(await poll(app)).toEqual(ONE_JOB);
    const observer = new Redis(server.url);
    await observer.config('RESETSTAT');

    server.freeze();
    let arrived = 0;
    const http = app.getHttpServer() as Server;
    http.on('request', () => (arrived += 1));
    const polls = Array.from({ length: 50 }, () => poll(app));
    while (arrived < 50) {
      await new Promise(setImmediate);
    }
    server.thaw();

    expect(await Promise.all(polls)).toEqual(Array.from({ length: 50 }, () => ONE_JOB));
    expect(await observer.info('commandstats')).toMatch(/cmdstat_evalsha:calls=2,/);
    await observer.quit();
  });
});

describe('Redis restarted between two polls', () => {
  it('is measured again, though it forgot the script', async () => {
    await server.start();
    await start({ timeout: NEVER });
    expect((await poll(app)).status).toBe(200);
    await Promise.all([event(mail, 'close'), event(images, 'close'), server.kill()]);
    await server.start();
    await untilReady(mail, images);
    await mail.add({});

    expect(await poll(app)).toEqual(ONE_JOB);
  });
});

describe('Redis down when the app starts', () => {
  it('fails polls within the time-out, keeps no command of ours, and is right once Redis is there', async () => {
    await start({ timeout: 150 });
    // Bull asks for the server's version by itself.
    const own = [kept(mail), kept(images)];
    for (let count = 1; count <= 20; count++) {
      expect(await poll(app)).toEqual(failed('took longer than the time-out of 150 ms'));
    }
    expect([kept(mail), kept(images)]).toEqual(own);

    await server.start();
    await untilReady(mail, images);
    await mail.add({});
    expect(await poll(app)).toEqual(ONE_JOB);
  });

  it('for long: asks once for the polls of all that time', async () => {
    await start({ timeout: 40 });
    const begin = performance.now();
    const clock = jest.spyOn(performance, 'now');
    for (let minutes = 0; minutes < 10; minutes++) {
      clock.mockReturnValue(begin + minutes * 60_000);
      expect(await poll(app)).toEqual(failed('took longer than the time-out of 40 ms'));
    }
    clock.mockRestore();

    await server.start();
    await untilReady(mail, images);
    await Promise.all([mail.client.ping(), images.client.ping()]);
    // The first command of each finds that Redis does not know the script.
    expect(await mail.client.info('commandstats')).toMatch(/cmdstat_evalsha:calls=2,/);
  });

  it('lets a poll wait for the first connection', async () => {
    await start({ timeout: 20_000 });
    const early = poll(app);
    await server.start();

    expect(await early).toEqual({ status: 200, body: [{ name: 'worker', quantity: 0, value: 0 }] });
  });
});

describe('a client that gives up', () => {
  it('before it was ever connected: fails the poll that waits for it', async () => {
    await start({ timeout: NEVER });
    const waiting = poll(app);
    await Promise.all(
      [mail, images].map(async (queue) => {
        await event(queue, 'error');
        queue.client.disconnect();
      }),
    );

    expect(await waiting).toEqual(failed(expect.stringContaining('the connection to Redis is down')));
  });
});

describe('a wrong password', () => {
  it('fails the poll and shows no credentials', async () => {
    await server.start();
    const admin = new Redis(server.url);
    await admin.config('SET', 'requirepass', 'the-right-one');
    await admin.quit();
    await start({ timeout: 2000 }, { password: 'the-wrong-one' });

    const answer = await poll(app);
    expect(answer.status).toBe(503);
    expect(JSON.stringify(answer)).not.toMatch(/the-(right|wrong)-one/);
    expect(answer.body).toEqual({ errors: [{ name: 'worker', message: expect.stringMatching(/NOAUTH|WRONGPASS/) }] });
    // Bull waits for a login before it closes.
    mail.client.disconnect();
    images.client.disconnect();
  });
});

describe('maxclients reached', () => {
  it('fails the poll, and the first one after a place is free is right', async () => {
    await server.start();
    const holder = new Redis(server.url);
    await holder.config('SET', 'maxclients', '1');
    await start({ timeout: 500 });
    expect(await poll(app)).toMatchObject({ status: 503 });

    await holder.config('SET', 'maxclients', '100');
    await untilReady(mail, images);
    await mail.add({});
    await images.isReady();
    await images.client.ping();
    expect(await poll(app)).toEqual(ONE_JOB);
    await holder.quit();
  });
});

describe('a key of the wrong type', () => {
  it.each(['wait', 'active', 'delayed'])('%s: fails the poll', async (key) => {
    await server.start();
    await start({ timeout: NEVER });
    await mail.client.set(mail.toKey(key), 'a string');

    expect(await poll(app)).toEqual({
      status: 503,
      body: { errors: [{ name: 'worker', message: expect.stringContaining('WRONGTYPE') }] },
    });
    // The script is sent whole only where Redis does not know it: once, by whichever queue was asked first, or by both.
    expect(await mail.client.info('commandstats')).not.toMatch(/cmdstat_eval:calls=[3-9]/);
    await mail.client.del(mail.toKey(key));
    expect((await poll(app)).status).toBe(200);
  });
});

describe('a poll', () => {
  it('writes nothing, opens no connection, and sends one command per queue', async () => {
    await server.start();
    await start({ timeout: NEVER }, {}, [WorkerProc, AgedProc]);
    await mail.add({}, { priority: 2 });
    await mail.add({}, { priority: 3 });
    await mail.add({}, { delay: 1 });
    await mail.add({}, { delay: 100_000, attempts: 3, backoff: 5 });
    await images.add({});
    await mail.getNextJob();
    await poll(app);

    const observer = new Redis(server.url);
    const keys = (await observer.keys('*')).sort();
    const dump = () => Promise.all(keys.map((key) => observer.dumpBuffer(key)));
    const before = await dump();
    const connections = async () => /total_connections_received:(\d+)/.exec(await observer.info('stats'))?.[1];
    const connectionsBefore = await connections();
    await observer.config('RESETSTAT');

    for (let count = 1; count <= 10; count++) {
      expect((await poll(app)).status).toBe(200);
    }

    const commands = [...(await observer.info('commandstats')).matchAll(/cmdstat_([\w|]+):calls=(\d+)/g)];
    expect(Object.fromEntries(commands.map(([, name, calls]) => [name, Number(calls)]))).toEqual({
      'config|resetstat': 1,
      evalsha: 30,
      exists: 30,
      hlen: 30,
      hmget: 10,
      llen: 60,
      lrange: 10,
      zcount: 30,
      zrange: 10,
    });
    expect(await connections()).toBe('0');
    expect((await observer.keys('*')).sort()).toEqual(keys);
    expect(await dump()).toEqual(before);
    expect(connectionsBefore).not.toBe('0');
    await observer.quit();
  });

  it('asks for all queues before the first answer', async () => {
    await server.start();
    await start({ timeout: 20_000 });
    await poll(app);
    server.freeze();
    const underWay = app.get(HireFireService).measure();
    await Promise.all([written(mail), written(images)]);
    server.thaw();

    expect(await underWay).toEqual([{ name: 'worker', quantity: 0, value: 0 }]);
  });
});
