/** The Redis clients that apps have, and what the contract of jobs must know of each. */
import { Redis, type RedisOptions } from 'ioredis';
import type { AppRedis } from '../../lib/redis/named-queues-proc.js';
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
  return { client, link: new RedisLink([client]), close: () => client.disconnect() };
}
