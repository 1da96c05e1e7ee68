/** If Redis can't be reached, the error names the cause, at once where waiting can't help. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import { Socket } from 'node:net';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Cluster, Redis } from 'ioredis';
import { createClient } from 'redis';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc, type QueueProc } from '../../lib/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { freePort, RedisServer } from '../../tools/redis-server.js';
import { clientOf } from '../bullmq/client.js';
import { failures, startApp } from '../procs/support.js';

interface Place {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Each way to a Redis, and what ends it. */
const CLIENTS: readonly (readonly [string, (place: Place) => QueueProc<unknown> & { end(): unknown }])[] = [
  [
    'Bull',
    ({ host, port, tls }) => {
      const queue = new Bull('mail', { redis: { host, port, ...(tls ? { tls: {} } : {}) } });
      queue.on('error', () => undefined);
      return ending(new BullWorker(queue), () => queue.close(true));
    },
  ],
  [
    'BullMQ',
    ({ host, port, tls }) => {
      const queue = new Queue('mail', { connection: { host, port, ...(tls ? { tls: {} } : {}) } });
      queue.on('error', () => undefined);
      return ending(new BullMQWorker(queue), () => clientOf(queue).disconnect());
    },
  ],
  [
    'ioredis',
    ({ host, port, tls }) => {
      const redis = new Redis({ host, port, maxRetriesPerRequest: null, ...(tls ? { tls: {} } : {}) });
      redis.on('error', () => undefined);
      return ending(new RQWorker(redis, 'mail'), () => redis.disconnect());
    },
  ],
  [
    'a Cluster of ioredis',
    ({ host, port, tls }) => {
      const redis = new Cluster([{ host, port }], {
        redisOptions: tls ? { tls: {} } : {},
        clusterRetryStrategy: () => 100,
      });
      redis.on('error', () => undefined);
      return ending(new RQWorker(redis, 'mail'), () => redis.disconnect());
    },
  ],
  [
    'node-redis',
    ({ host, port, tls }) => {
      const redis = createClient({ url: `${tls ? 'rediss' : 'redis'}://${host}:${port}` });
      redis.on('error', () => undefined);
      redis.connect().catch(() => undefined);
      return ending(new RQWorker(redis, 'mail'), () => redis.destroy());
    },
  ],
];

@HireFireProc('worker')
class BullWorker extends BullProc {}

@HireFireProc('worker')
class BullMQWorker extends BullMQProc {}

@HireFireProc('worker')
class RQWorker extends RQProc {}

function ending<T extends object>(proc: T, end: () => unknown): T & { end(): unknown } {
  return Object.assign(proc, { end });
}

let tlsServer: RedisServer;
let website: Server;
let closed: number;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  [tlsServer, closed] = await Promise.all([RedisServer.reserveTls(), freePort()]);
  await tlsServer.start();
  website = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
  website.on(
    'clientError',
    (_error, socket) => socket instanceof Socket && socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
  );
});

afterEach(async () => {
  await Promise.allSettled(ends.splice(0).map(async (end) => end()));
});

afterAll(async () => {
  website.close();
  await tlsServer.stop();
});

function websitePort(): number {
  const address = website.address();
  return typeof address === 'object' && address !== null ? address.port : NaN;
}

async function toldBy(proc: QueueProc<unknown> & { end(): unknown }, timeout: number): Promise<string> {
  ends.push(() => proc.end());
  const { service } = await startApp({ providers: [{ provide: 'proc', useValue: proc }] }, { timeout });
  const [failure] = await failures(service.measure());
  return failure?.message ?? '';
}

/** The first failure that has a cause: a busy server may take longer than the time-out to be one. */
async function causeToldBy(proc: QueueProc<unknown> & { end(): unknown }, timeout: number): Promise<string> {
  for (;;) {
    const told = await toldBy(proc, timeout);
    if (!told.endsWith('the connection to Redis is down')) {
      return told;
    }
  }
}

// Longer than any test may take: what fails with it did not wait.
const NEVER = 3_600_000;

describe.each(CLIENTS)('with %s', (client, connect) => {
  it('a self-signed certificate is named at once, with the cure', async () => {
    const told = await toldBy(connect({ host: '127.0.0.1', port: tlsServer.port, tls: true }), NEVER);

    expect(told).toMatch(
      /^the connection to Redis is down: its certificate is self-signed: .*rejectUnauthorized: false/,
    );
    expect(told).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
  });

  it('a host that does not exist is named at once', async () => {
    // A Cluster keeps to itself that its own look-up failed.
    const isKept = client.includes('Cluster');
    const told = await toldBy(connect({ host: 'no-such-host.invalid', port: 6379, tls: false }), isKept ? 400 : NEVER);

    expect(told).toMatch(
      isKept
        ? /^took longer than the time-out of 400 ms: the connection to Redis is down$/
        : /^the connection to Redis is down: (no such host name|its host name could not be looked up)/,
    );
  });

  it('TLS to a server without it is named at once', async () => {
    const told = await toldBy(connect({ host: '127.0.0.1', port: websitePort(), tls: true }), NEVER);

    expect(told).toMatch(/^the connection to Redis is down: it does not speak TLS/);
  });

  it('a server that is no Redis is named at once', async () => {
    const told = await toldBy(connect({ host: '127.0.0.1', port: websitePort(), tls: false }), NEVER);

    expect(told).toMatch(/^the connection to Redis is down: what answers is no Redis/);
  });

  it('a port that nothing listens on may be listened to soon: it is named when the time is over', async () => {
    const told = await causeToldBy(connect({ host: '127.0.0.1', port: closed, tls: false }), 400);

    expect(told).toMatch(
      /^took longer than the time-out of 400 ms: the connection to Redis is down: nothing listens at its host and port \(ECONNREFUSED\)/,
    );
  });

  it('a Redis that wants TLS is named when the time is over', async () => {
    const told = await causeToldBy(connect({ host: '127.0.0.1', port: tlsServer.port, tls: false }), 400);

    expect(told).toMatch(
      /^took longer than the time-out of 400 ms: the connection to Redis is down: it closes the connection: .*TLS/,
    );
  });
});

it('a URL of another kind than redis: is named at once', async () => {
  const queue = new Queue('mail', { connection: { url: `http://127.0.0.1:${websitePort()}` } });
  queue.on('error', () => undefined);
  const told = await toldBy(
    ending(new BullMQWorker(queue), () => clientOf(queue).disconnect()),
    NEVER,
  );

  expect(told).toMatch(
    /^the connection to Redis is down: no such socket: its URL must begin with redis: or rediss: \(ENOENT\)/,
  );
});
