/** The common part of backends whose queues are names, and whose workers are of other languages. */
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { AppRedis } from '../../lib/redis/named-queues.js';
import { RedisServer } from '../../tools/redis-server.js';
import type { Ability, Expected, JobsDriver, Link, ProcClass, TestQueue } from '../contract/jobs/driver.js';
import type { Clock } from '../support/clock.js';
import { stoppedRedisClock } from '../support/redis-clock.js';
import { openIoredis, type AppClient, type OpenClient } from './clients.js';
import { Oracle, type Arguments } from './oracle.js';

/** A queue as the contract knows one: it is handed over alone. */
export interface NamedQueue {
  readonly name: string;
  readonly app: AppClient;
  readonly port: number;
}

/** The same queues, as the arguments of a class under test. */
export function argumentsOf([first, ...rest]: readonly NamedQueue[]): [redis: AppRedis, ...names: string[]] {
  if (!first) {
    throw new Error('a proc of the tests needs a queue');
  }
  return [first.app.client, first.name, ...rest.map(({ name }) => name)];
}

export abstract class NamedQueueDriver<T extends TestQueue<NamedQueue>> implements JobsDriver<NamedQueue, RedisServer> {
  abstract readonly library: string;
  abstract readonly proc: ProcClass<NamedQueue>;
  abstract readonly abilities: readonly Ability[];
  readonly worker = [];
  readonly down = /^the connection to Redis is down/;
  #app: AppClient | undefined;

  /** @param port - of the Redis for queues that are not an app's */
  constructor(
    private readonly port: number,
    private readonly openClient: OpenClient = openIoredis,
  ) {}

  readonly growth = (): number => 1;

  clock(): Clock {
    return stoppedRedisClock();
  }

  open(name = `test-${randomUUID()}`): T {
    this.#app ??= this.openClient(this.port);
    return this.of({ name, app: this.#app, port: this.port });
  }

  abstract of(queue: NamedQueue): T;

  async close(): Promise<void> {
    this.#app?.close();
    this.#app = undefined;
  }

  reserveBroker(): Promise<RedisServer> {
    return RedisServer.reserve();
  }

  app({ port }: RedisServer, ...names: string[]): ModuleMetadata {
    const app = this.openClient(port);
    return { providers: names.map((name) => ({ provide: name, useValue: { name, app, port } })) };
  }

  token(name: string): string {
    return name;
  }

  linkOf(_app: INestApplication, [first]: readonly T[]): Link {
    if (!first) {
      throw new Error('an app of the tests has a queue');
    }
    return first.queue.app.link;
  }
}

/** A driver whose library answers in its own language. */
export abstract class OracleDriver<T extends TestQueue<NamedQueue>> extends NamedQueueDriver<T> {
  #oracle: Oracle | undefined;

  /** @param command - an interpreter and its arguments */
  constructor(
    private readonly command: readonly [string, ...string[]],
    port: number,
    openClient?: OpenClient,
  ) {
    super(port, openClient);
  }

  ask({ port }: NamedQueue, name: string, args?: Arguments): Promise<unknown> {
    this.#oracle ??= new Oracle(this.command);
    return this.#oracle.call(port, name, args);
  }

  override async close(): Promise<void> {
    await super.close();
    await this.#oracle?.end();
    this.#oracle = undefined;
  }
}

/** Since when each ready job is ready, in epoch ms, null where that is not kept; and how many are active. */
export interface OracleAnswer {
  readonly ready: readonly (number | null)[];
  readonly active: number;
}

export function expectedOf({ ready, active }: OracleAnswer): Expected {
  const now = Date.now();
  const oldest = Math.min(now, ...ready.map((since) => since ?? now));
  return {
    size: ready.length + active,
    sizeWithoutActive: ready.length,
    latency: ready.length === 0 ? 0 : Math.max(Math.round(now - oldest), 1) / 1000,
  };
}
