import { Logger } from '@nestjs/common';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { kindOf } from '../procs/failure-message.js';
import { checkedNames } from '../procs/queue-names.js';
import type { QueueDescription } from '../procs/queue-proc.js';
import type { QueueScript, RedisQueue, ScriptReading } from './queue-script.js';
import { isIoredis, isRedisClient, type RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { RedisQueueProc } from './redis-queue-proc.js';
import { redisServerName } from './redis-server-name.js';

/**
 * A Redis client that the app has: of ioredis, or of node-redis 4 or later.
 *
 * @publicApi
 */
export type AppRedis =
  | { readonly status: string; evalsha(...args: never[]): unknown }
  | { readonly isOpen: boolean; readonly isReady: boolean; evalSha(...args: never[]): unknown };

/** What is particular to one library whose queues are names. */
export interface NamedQueues {
  /** The base class, as in "WorkerProc extends RQProc". */
  readonly baseClass: string;
  readonly script: QueueScript;
  /** The option to use instead of the client's keyPrefix, which workers know nothing of; `undefined` where it may stay. */
  readonly insteadOfKeyPrefix?: string;
  locate(name: string, client: RedisClient): Omit<RedisQueue, 'client'>;
  /** What to do about a queue that the library has never heard of. */
  readonly unknownCure: string;
}

// By symbols, because other names could be the user's own members, and #private ones are out of reach of a Proxy.
const CLIENT = Symbol('nestjs-hirefire:client');
const LIBRARY = Symbol('nestjs-hirefire:library');
const WARNED = Symbol('nestjs-hirefire:warned');
const WARN_IF_UNKNOWN = Symbol('nestjs-hirefire:warn-if-unknown');

/** A proc over queues that are names, on one client that the app has: workers in other languages have no queue objects here. */
export abstract class NamedQueuesProc extends RedisQueueProc<string> {
  protected override readonly script: QueueScript;
  private readonly [CLIENT]: RedisClient;
  private readonly [LIBRARY]: NamedQueues;
  private readonly [WARNED] = new Set<string>();

  constructor(library: NamedQueues, redis: AppRedis, names: readonly unknown[]) {
    super(...checkedNames(new.target.name, names, `redis, 'default'`));
    this[LIBRARY] = library;
    this.script = library.script;
    this[CLIENT] = checkedClient(new.target.name, redis, library);
    // From the start, so that a connection lost before the first poll is known to be lost.
    RedisConnection.of(this[CLIENT]);
  }

  protected override describe(name: string): QueueDescription {
    return { name: this.locate(name).key, server: redisServerName(this[CLIENT]) };
  }

  protected override locate(name: string): RedisQueue {
    return { client: this[CLIENT], ...this[LIBRARY].locate(name, this[CLIENT]) };
  }

  /** Reads all queues at once, and warns, once, of a name that the broker does not know. */
  protected override async read(names: readonly string[], metric: Metric): Promise<readonly ScriptReading[]> {
    const readings = await super.read(names, metric);
    names.forEach((name, index) => this[WARN_IF_UNKNOWN](name, readings[index]?.knownQueues));
    return readings;
  }

  private [WARN_IF_UNKNOWN](name: string, known: readonly string[] | undefined): void {
    if (known && !this[WARNED].has(name)) {
      this[WARNED].add(name);
      const others = known.length > 0 ? `, only ${[...known].sort().join(', ')}` : '';
      const server = redisServerName(this[CLIENT]) ?? 'its Redis';
      new Logger('HireFire').warn(
        `${this.constructor.name}: there is no queue "${name}" on ${server}${others}. ${this[LIBRARY].unknownCure}`,
      );
    }
  }
}

function checkedClient(className: string, redis: unknown, library: NamedQueues): RedisClient {
  if (!isRedisClient(redis)) {
    throw new HireFireConfigError(
      `${className} extends ${library.baseClass}, whose first argument is the app's Redis client, of ioredis or node-redis, but ` +
        `it is ${kindOf(redis)}: inject the client, as in @Inject(REDIS) redis: Redis.`,
    );
  }
  const keyPrefix = isIoredis(redis) ? redis.options.keyPrefix : undefined;
  if (library.insteadOfKeyPrefix !== undefined && typeof keyPrefix === 'string' && keyPrefix !== '') {
    throw new HireFireConfigError(
      `${className}: its Redis client has the keyPrefix ${JSON.stringify(keyPrefix)}, which workers in other languages know ` +
        `nothing of. ${library.insteadOfKeyPrefix}`,
    );
  }
  return redis;
}
