/** The part that a backend on Redis plays in the contracts of jobs and of Redis. */
import type { DynamicModule, INestApplication, ModuleMetadata } from '@nestjs/common';
import type { Cluster } from 'ioredis';
import { RedisServer } from '../../../tools/redis-server.js';
import type { Clock } from '../../support/clock.js';
import { stoppedRedisClock } from '../../support/redis-clock.js';
import type { RedisAccess } from '../../support/redis.js';
import type { Ability, JobsDriver, Link, ProcClass, TestQueue } from '../jobs/driver.js';

/** The part of a queue's ioredis that the suite needs. */
export interface ClientOfQueue {
  readonly status: string;
  once(event: 'connect' | 'ready' | 'close' | 'error', listener: () => void): unknown;
  select(db: number): Promise<unknown>;
  client(command: 'ID'): Promise<number>;
  /** Its connection. */
  readonly stream: { pause(): unknown; resume(): unknown };
  ping(): Promise<unknown>;
  disconnect(): void;
}

export interface RedisTestQueue<Q> extends TestQueue<Q> {
  readonly client: ClientOfQueue;
  /** The name of its key for a type of jobs. */
  key(type: string): string;
}

/** A queue's place; by default, the Redis of the test run. */
export interface Place {
  /** By default, one that nothing else has. */
  readonly name?: string;
  readonly prefix?: string;
  readonly redis?: RedisAccess;
  /** A client that queues may share; its maker closes it. */
  readonly cluster?: Cluster;
}

export abstract class RedisDriver<Q> implements JobsDriver<Q, RedisServer> {
  abstract readonly library: string;
  abstract readonly proc: ProcClass<Q>;
  abstract readonly abilities: readonly Ability[];
  abstract readonly growth: (failures: number) => number;
  abstract readonly worker: readonly string[];
  /** Types of keys that every reading needs. */
  abstract readonly keyTypes: readonly string[];
  readonly down = /^the connection to Redis is down/;
  /** Commands that can be under way at a time: ours, and what the library asks for by itself. */
  readonly perPoll: number = 1;

  clock(): Clock {
    return stoppedRedisClock();
  }

  abstract open(place?: Place): RedisTestQueue<Q>;
  /** A queue whose worker has a name, where jobs keep it. */
  openNamed?(place: Place, worker: string): RedisTestQueue<Q>;
  abstract close(): Promise<void>;

  reserveBroker(): Promise<RedisServer> {
    return RedisServer.reserve();
  }

  app({ port }: RedisServer, ...names: string[]): ModuleMetadata {
    return { imports: this.module({ host: '127.0.0.1', port }, ...names) };
  }

  /** The library's Nest module, with queues of these names. */
  abstract module(redis: RedisAccess, ...names: string[]): DynamicModule[];
  abstract token(name: string): string;
  abstract of(queue: Q): RedisTestQueue<Q>;

  linkOf(_app: INestApplication, queues: readonly RedisTestQueue<Q>[]): RedisLink {
    return new RedisLink(
      queues.map(({ client }) => client),
      this.perPoll,
    );
  }
}

/** Clients of ioredis. */
export class RedisLink implements Link {
  constructor(
    private readonly clients: readonly ClientOfQueue[],
    readonly perPoll: number,
  ) {}

  /** Not `once()` of node:events, which rejects where an error comes before the event, as it does when Redis goes away. */
  async event(name: 'ready' | 'close' | 'error'): Promise<void> {
    await Promise.all(this.clients.map((client) => new Promise<void>((resolve) => client.once(name, () => resolve()))));
  }

  untilLost(): Promise<void> {
    return this.event('close');
  }

  async untilReady(): Promise<void> {
    await Promise.all(
      this.clients
        .filter(({ status }) => status !== 'ready')
        .map((client) => new Promise<void>((resolve) => client.once('ready', () => resolve()))),
    );
    await Promise.all(this.clients.map((client) => client.ping()));
  }

  /** Resolves once a command is on its way. */
  async untilSent(): Promise<void> {
    while (this.sent === 0) {
      await new Promise(setImmediate);
    }
  }

  get pending(): number {
    return this.sent + this.#readings('offlineQueue');
  }

  get sent(): number {
    return this.#readings('commandQueue');
  }

  /** Scripts only: BullMQ sends other commands by itself, in a moment that it chooses. */
  #readings(list: 'commandQueue' | 'offlineQueue'): number {
    return this.clients.reduce((sum, client) => {
      const queue: unknown = Reflect.get(client, list);
      if (!(queue instanceof Object && 'toArray' in queue && typeof queue.toArray === 'function')) {
        throw new Error(`ioredis has no ${list} any more`);
      }
      const items: unknown = Reflect.apply(queue.toArray, queue, []);
      return sum + JSON.stringify(items, ['command', 'name']).split('"name":"eval').length - 1;
    }, 0);
  }
}
