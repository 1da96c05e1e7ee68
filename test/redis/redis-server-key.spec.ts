/** Clients share a key if they ask the same server, as the same user, in the same database. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { ioredis } from '../../lib/redis/clients/ioredis.js';

const clients: (Redis | Cluster)[] = [];
afterAll(() => clients.forEach((client) => client.disconnect()));

function client(options: RedisOptions = {}): Redis {
  const made = new Redis({ host: 'redis.example', port: 6379, lazyConnect: true, ...options });
  clients.push(made);
  return made;
}

function keyOf(made: Redis | Cluster): string | undefined {
  return ioredis(made)?.serverKey;
}

describe('two clients share a key', () => {
  it('which is a text', () => {
    expect(keyOf(client())).toEqual(expect.any(String));
  });

  it.each<[string, RedisOptions]>([
    ['with the same options', {}],
    ['though they retry in other ways', { maxRetriesPerRequest: null, retryStrategy: () => 5 }],
    ['though they have other names', { connectionName: 'other' }],
    ['though one gives numbers as texts', { stringNumbers: true }],
  ])('%s', (_, options) => {
    expect(keyOf(client(options))).toBe(keyOf(client()));
  });

  it('with equal TLS options', () => {
    const tls = () => client({ tls: { ca: Buffer.from('authority'), rejectUnauthorized: true } });

    expect(keyOf(tls())).toBe(keyOf(tls()));
  });
});

describe('two clients have different keys', () => {
  it.each<[string, RedisOptions]>([
    ['on another host', { host: 'other.example' }],
    ['on another port', { port: 6380 }],
    ['in another database', { db: 1 }],
    ['as another user', { username: 'bob' }],
    ['with another password', { password: 'other' }],
    ['with TLS', { tls: {} }],
    ['with a key prefix', { keyPrefix: 'app:' }],
    ['with a function that may lead elsewhere', { Connector: class {} as never }],
  ])('%s', (_, options) => {
    expect(keyOf(client(options))).not.toBe(keyOf(client()));
  });

  it('on a Cluster each', () => {
    const cluster = () => {
      const made = new Cluster([{ host: 'redis.example', port: 6379 }], { lazyConnect: true });
      clients.push(made);
      return made;
    };

    expect(keyOf(cluster())).not.toBe(keyOf(cluster()));
  });
});
