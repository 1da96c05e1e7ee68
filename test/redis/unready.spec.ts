/** A Redis that answers, but does not have its data: a failure, where the keys that it misses would be a 0. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc, type QueueProc } from '../../lib/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { freePort, RedisServer } from '../../tools/redis-server.js';
import { clientOf } from '../bullmq/client.js';
import { failures, startApp } from '../procs/support.js';
import { closingAfterEach } from '../web/support.js';

@HireFireProc('worker')
class BullWorker extends BullProc {}

@HireFireProc('worker')
class BullMQWorker extends BullMQProc {}

@HireFireProc('worker')
class RQWorker extends RQProc {}

const closing = closingAfterEach();

type Connect = (
  port: number,
  options?: Pick<RedisOptions, 'enableReadyCheck' | 'maxLoadingRetryTime'>,
) => QueueProc<unknown>;

const LIBRARIES: readonly [bull: readonly [string, Connect], bullmq: readonly [string, Connect]] = [
  [
    'Bull',
    (port, options) => {
      const queue = new Bull('mail', { redis: { host: '127.0.0.1', port, ...options } });
      queue.on('error', () => undefined);
      closing({ close: () => queue.close(true) });
      return new BullWorker(queue);
    },
  ],
  [
    'BullMQ',
    (port, options) => {
      const queue = new Queue('mail', { connection: { host: '127.0.0.1', port, ...options }, prefix: 'bullmq' });
      queue.on('error', () => undefined);
      closing({ close: () => clientOf(queue).disconnect() });
      return new BullMQWorker(queue);
    },
  ],
];

async function told(proc: QueueProc<unknown>, timeout: number): Promise<string | undefined> {
  const { service } = await startApp({ providers: [{ provide: 'proc', useValue: proc }] }, { timeout });
  return (await failures(service.measure()))[0]?.message;
}

/** Both libraries have one job in their queue. */
async function fill(port: number): Promise<void> {
  const bull = new Bull('mail', { redis: { host: '127.0.0.1', port } });
  const bullmq = new Queue('mail', { connection: { host: '127.0.0.1', port }, prefix: 'bullmq' });
  await Promise.all([bull.add({}), bullmq.add('job', {})]);
  await Promise.all([bull.close(), bullmq.close()]);
}

const NEVER = 3_600_000;
const NOT_SYNCED = /^Redis could not be read: it is a replica that is not in sync with its master \(NOTSYNCED\)/;

describe('a replica', () => {
  const servers: RedisServer[] = [];
  let neverSynced: RedisServer;
  let refusing: RedisServer;
  let master: RedisServer;
  let replica: RedisServer;

  const start = async (...settings: string[]): Promise<RedisServer> => {
    const server = await RedisServer.start(...settings);
    servers.push(server);
    return server;
  };

  beforeAll(async () => {
    const closed = await freePort();
    [neverSynced, refusing, master] = await Promise.all([
      start('--replicaof', '127.0.0.1', `${closed}`),
      start('--replicaof', '127.0.0.1', `${closed}`, '--replica-serve-stale-data', 'no'),
      start('--repl-diskless-sync-delay', '0'),
    ]);
    replica = await start('--replicaof', '127.0.0.1', `${master.port}`);
  });

  afterAll(() => Promise.all(servers.map((server) => server.stop())));

  it.each(LIBRARIES)('of %s that was never in sync fails', async (_name, connect) => {
    expect(await told(connect(neverSynced.port), NEVER)).toMatch(NOT_SYNCED);
  });

  it.each(LIBRARIES)('of %s that was never in sync and refuses to be read fails', async (_name, connect) => {
    expect(await told(connect(refusing.port), NEVER)).toMatch(
      /^Redis could not be read: it is a replica without its master \(MASTERDOWN\)/,
    );
  });

  it.each([
    ['that was never in sync', () => neverSynced],
    ['that is a master', () => master],
  ])('whose user may not run INFO fails, with the cure: a Redis %s', async (_what, server) => {
    const admin = new Redis(server().port);
    closing({ close: () => admin.disconnect() });
    await admin.call('ACL', 'SETUSER', 'least', 'on', '>secret', '~*', '&*', '+@all', '-@dangerous');
    const redis = new Redis({ port: server().port, username: 'least', password: 'secret', enableReadyCheck: false });
    closing({ close: () => redis.disconnect() });

    expect(await told(new RQWorker(redis, 'mail'), NEVER)).toMatch(
      /^Redis could not be read: its user may not run INFO and TIME, .*: ACL SETUSER <user> \+info \+time \(NOINFO\)/,
    );
    await admin.call('ACL', 'SETUSER', 'least', '+info');
    const read = new RQWorker(redis, 'mail').quantity();
    await (server() === master ? expect(read).resolves.toBe(0) : expect(read).rejects.toThrow(NOT_SYNCED));
  });

  it('that is in sync is read, fails once its master is gone, and is read when it has become one', async () => {
    await fill(master.port);
    const [ofMaster, ofReplica] = [master, replica].map(({ url }) => {
      const redis = new Redis(url, { retryStrategy: null });
      closing({ close: () => redis.disconnect() });
      return redis;
    });
    expect(await ofMaster?.wait(1, 20_000)).toBe(1);
    const procs = LIBRARIES.map(([, connect]) => connect(replica.port));
    const quantities = (): Promise<unknown[]> => Promise.all(procs.map((proc) => proc.quantity()));

    expect(await quantities()).toEqual([1, 1]);
    await master.kill();
    while ((await ofReplica?.info('replication'))?.includes('master_link_status:up')) {
      await new Promise(setImmediate);
    }
    for (const proc of procs) {
      await expect(proc.quantity()).rejects.toThrow(NOT_SYNCED);
    }
    await ofReplica?.replicaof('NO', 'ONE');
    expect(await quantities()).toEqual([1, 1]);
  });
});

describe('a Redis that is loading its data', () => {
  let filled: RedisServer;
  let loading: RedisServer;
  let ended: Promise<unknown>;

  beforeAll(async () => {
    filled = await RedisServer.start('--rdbcompression', 'no');
    await fill(filled.port);
    const redis = new Redis(filled.url);
    await redis.mset(Object.fromEntries(Array.from({ length: 1000 }, (_, key) => [`filler ${key}`, 'x'.repeat(2000)])));
    await redis.save();
    const [, directory] = await redis.config('GET', 'dir').then(strings);
    redis.disconnect();
    await filled.kill();
    // A key in 200 ms, and a look at its clients after each.
    const slowness = ['--key-load-delay', '200000', '--loading-process-events-interval-bytes', '1024'];
    loading = await RedisServer.reserve('--dir', directory ?? '', ...slowness);
    ended = loading.start().catch(() => undefined);
    const client = new Redis(loading.url, { retryStrategy: () => 20, enableReadyCheck: false });
    client.on('error', () => undefined);
    await new Promise<void>((resolve) => client.once('connect', resolve));
    client.disconnect();
  });

  afterAll(async () => {
    await Promise.all([loading.stop(), filled.stop()]);
    await ended;
  });

  it.each(LIBRARIES)('and is asked by %s at once fails', async (_name, connect) => {
    expect(await told(connect(loading.port, { enableReadyCheck: false }), NEVER)).toMatch(
      /^Redis could not be read: it is loading its data \(LOADING\)/,
    );
  });

  it('and is waited for by BullMQ, which asks no earlier, fails when the time is over', async () => {
    const [, [, connect]] = LIBRARIES;
    expect(await told(connect(loading.port, { maxLoadingRetryTime: 50 }), 400)).toMatch(
      /^took longer than the time-out of 400 ms/,
    );
  });
});

const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
