/** A client that reconnects by itself is waited for a moment; one that reports an error is not. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc, type QueueProc } from '../../lib/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { RedisServer } from '../../tools/redis-server.js';
import { clientOf } from '../bullmq/client.js';
import { closeNodeRedis, NODE_REDIS } from '../other-languages/clients.js';
import { holdTimeouts } from '../support/clock.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import { closingAfterEach } from '../web/support.js';

@HireFireProc('worker')
class BullWorker extends BullProc {}
@HireFireProc('worker')
class BullMQWorker extends BullMQProc {}
@HireFireProc('worker')
class RQWorker extends RQProc {}

const closing = closingAfterEach();
afterEach(() => {
  jest.useRealTimers();
});

interface Client {
  once(event: 'close' | 'error', listener: () => void): unknown;
}

interface Connected {
  readonly proc: QueueProc<unknown>;
  /** Resolves once the client has reported that its connection was closed. */
  readonly closed: () => Promise<void>;
}

const event = (client: Client, name: 'close' | 'error'): Promise<void> =>
  new Promise((resolve) => client.once(name, () => resolve()));

const CLIENTS: readonly (readonly [string, (port: number) => Connected])[] = [
  [
    'Bull',
    (port) => {
      const queue = new Bull('mail', { redis: { host: '127.0.0.1', port } });
      queue.on('error', () => undefined);
      closing({ close: () => queue.close(true) });
      return { proc: new BullWorker(queue), closed: () => event(queue.client, 'close') };
    },
  ],
  [
    'BullMQ',
    (port) => {
      const queue = new Queue('mail', { connection: { host: '127.0.0.1', port } });
      queue.on('error', () => undefined);
      closing({ close: () => clientOf(queue).disconnect() });
      return { proc: new BullMQWorker(queue), closed: () => event(clientOf(queue), 'close') };
    },
  ],
  [
    'ioredis',
    (port) => {
      const redis = new Redis({ host: '127.0.0.1', port });
      redis.on('error', () => undefined);
      closing({ close: () => redis.disconnect() });
      return { proc: new RQWorker(redis, 'mail'), closed: () => event(redis, 'close') };
    },
  ],
  ...NODE_REDIS.map(({ version, create }): readonly [string, (port: number) => Connected] => [
    version,
    (port) => {
      const redis = create({ url: `redis://127.0.0.1:${port}` });
      redis.on('error', () => undefined);
      redis.connect().catch(() => undefined);
      closing({ close: () => closeNodeRedis(redis) });
      // It reports a close by an error.
      return { proc: new RQWorker(redis, 'mail'), closed: () => event(redis, 'error') };
    },
  ]),
];

async function start(): Promise<RedisServer> {
  const server = await RedisServer.start();
  closing({ close: () => server.stop() });
  return server;
}

/** Makes the server close the connection of every other client. */
async function closeAll(port: number): Promise<void> {
  const admin = new Redis(port);
  closing({ close: () => admin.disconnect() });
  await admin.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
}

describe.each(CLIENTS)('%s', (_name, connect) => {
  it('whose idle connection the server closes: the next poll waits for the new one', async () => {
    const { port } = await start();
    const { proc, closed } = connect(port);
    expect(await proc.quantity()).toBe(0);
    await Promise.all([closed(), closeAll(port)]);
    holdTimeouts();

    expect(await proc.quantity()).toBe(0);
  });

  it('whose connection is closed with a command in flight: reads once more over the new one', async () => {
    const server = await start();
    const proxy = await TcpProxy.reserve(server.port);
    await proxy.start();
    closing({ close: () => proxy.stop() });
    const { proc, closed } = connect(proxy.port);
    expect(await proc.quantity()).toBe(0);
    server.freeze();
    const underWay = proc.quantity();
    const lost = closed();
    await proxy.carried();
    await proxy.kill();
    await proxy.start();
    server.thaw();
    await lost;

    expect(await underWay).toBe(0);
  });

  it('whose server is killed: the next poll fails with the cause as soon as there is an error', async () => {
    const server = await start();
    const { proc, closed } = connect(server.port);
    expect(await proc.quantity()).toBe(0);
    await Promise.all([closed(), server.kill()]);
    holdTimeouts();

    await expect(proc.quantity()).rejects.toThrow(
      // The first is what the reconnect meets; a client can report the other with the close.
      /^the connection to Redis is down: .*\((ECONNREFUSED|ECONNRESET)\)$/,
    );
  });
});

it('a client that reports nothing after the close: polls wait until 3 s after it, and then fail at once', async () => {
  const server = await start();
  const redis = new Redis({ host: '127.0.0.1', port: server.port, retryStrategy: () => 3_600_000 });
  closing({ close: () => redis.disconnect() });
  const proc = new RQWorker(redis, 'mail');
  expect(await proc.quantity()).toBe(0);
  jest.useFakeTimers({ now: Date.now(), doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate', 'setInterval'] });
  await Promise.all([event(redis, 'close'), closeAll(server.port)]);

  const settled: string[] = [];
  const ask = (name: string): Promise<unknown> =>
    proc.quantity().catch((error: unknown) => settled.push(`${name}: ${error instanceof Error ? error.message : ''}`));
  const first = ask('first');
  await jest.advanceTimersByTimeAsync(2_999);
  expect(settled).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  await first;
  await ask('second');
  expect(settled).toEqual(['first', 'second'].map((name) => `${name}: the connection to Redis is down`));
});
