/** The Redis clients that apps have, and what the contract of jobs must know of each. */
import { Redis, type RedisOptions } from 'ioredis';
import { createClient as createClient5 } from 'redis';
import { createClient as createClient4 } from 'redis-4';
import type { AppRedis } from '../../lib/redis/named-queues.js';
import type { Link } from '../contract/jobs/driver.js';
import { RedisLink } from '../contract/redis/driver.js';

export interface AppClient {
  readonly client: AppRedis;
  readonly link: Link;
  close(): void;
}

/** Makes a client of a Redis on this machine. */
export type OpenClient = (port: number) => AppClient;

export function openIoredis(port: number, options: RedisOptions = {}): AppClient {
  const client = new Redis({ port, host: '127.0.0.1', maxRetriesPerRequest: null, ...options });
  client.on('error', () => undefined);
  return { client, link: new RedisLink([client], 1), close: () => client.disconnect() };
}

export type NodeRedis = ReturnType<typeof createClient4> | ReturnType<typeof createClient5>;
export type NodeRedisOptions = Parameters<typeof createClient4>[0] & Parameters<typeof createClient5>[0];

/** The majors of node-redis. */
export const NODE_REDIS: readonly {
  readonly version: string;
  readonly create: (options: NodeRedisOptions) => NodeRedis;
}[] = [
  { version: 'node-redis 4', create: createClient4 },
  { version: 'node-redis 5', create: createClient5 },
];

export function openNodeRedis(create: (options: NodeRedisOptions) => NodeRedis): OpenClient {
  return (port) => {
    const client = create({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: () => 50 } });
    client.on('error', () => undefined);
    const link = new NodeRedisLink(client);
    client.connect().catch(() => undefined);
    const close = (): void => {
      if (client.isOpen) {
        void closeNodeRedis(client);
      }
    };
    return { client, link, close };
  };
}

export async function closeNodeRedis(client: NodeRedis): Promise<void> {
  if ('destroy' in client) {
    client.destroy();
  } else {
    await client.disconnect();
  }
}

/** A client of node-redis does not expose its pending commands; this counts the calls that have not settled. */
export class NodeRedisLink implements Link {
  pending = 0;

  constructor(private readonly client: NodeRedis) {
    for (const method of ['eval', 'evalSha'] as const) {
      const own: unknown = Reflect.get(client, method);
      Reflect.set(client, method, async (...args: unknown[]): Promise<unknown> => {
        this.pending += 1;
        try {
          const answer: unknown = await Reflect.apply(own as () => Promise<unknown>, client, args);
          return answer;
        } finally {
          this.pending -= 1;
        }
      });
    }
  }

  async untilLost(): Promise<void> {
    await this.event('error', () => !this.client.isReady);
  }

  async untilReady(): Promise<void> {
    if (!this.client.isReady) {
      await this.event('ready');
    }
    await this.client.ping();
  }

  async untilSent(): Promise<void> {
    while (this.pending === 0) {
      await new Promise(setImmediate);
    }
  }

  private event(name: 'error' | 'ready', isIt = (): boolean => true): Promise<void> {
    return new Promise((resolve) => {
      this.client.on(name, () => {
        if (isIt()) {
          resolve();
        }
      });
    });
  }
}
