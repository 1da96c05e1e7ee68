import { HireFireConfigError } from '../hirefire.errors.js';
import type { Backend } from '../procs/backend-proc.js';
import { kindOf } from '../procs/failure-message.js';
import { checkedNames } from '../procs/queue-names.js';
import type { RedisQueue } from './queue-script.js';
import { redisBackend, type RedisLibrary } from './redis-backend.js';
import { isIoredis, isRedisClient, type RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { redisServerName } from './redis-server-name.js';

/**
 * A Redis client that the app has: of ioredis, or of node-redis 4 or later.
 *
 * @example
 * ```ts
 * const redis: AppRedis = new Redis(process.env.REDIS_URL);
 * ```
 *
 * @publicApi
 */
export type AppRedis =
  | {
      /** ioredis: the state of the connection. */
      readonly status: string;
      /** Runs a cached script. */
      evalsha(...args: never[]): unknown;
    }
  | {
      /** node-redis: whether the client was connected, and not closed since. */
      readonly isOpen: boolean;
      /** Whether the client can send commands now. */
      readonly isReady: boolean;
      /** Runs a cached script. */
      evalSha(...args: never[]): unknown;
    };

/** What is particular to one library whose queues are names. */
export interface NamedQueues extends Pick<RedisLibrary<string>, 'script' | 'metrics' | 'seesActive' | 'activeCure'> {
  /** The base class, as in "WorkerProc extends RQProc". */
  readonly baseClass: string;
  /** The option to use instead of the client's keyPrefix, which workers know nothing of; `undefined` where it may stay. */
  readonly insteadOfKeyPrefix?: string;
  locate(name: string, client: RedisClient): Omit<RedisQueue, 'client'>;
  /** What to do about a queue that the library has never heard of. */
  readonly unknownCure: string;
}

/** The backend, and the names, of a proc over queues on one client that the app has: workers in other languages have no queue objects here. */
export function namedQueues(
  className: string,
  library: NamedQueues,
  redis: AppRedis,
  names: readonly unknown[],
): [backend: Backend<string>, names: readonly string[]] {
  const checked = checkedNames(className, names, `redis, 'default'`);
  const client = checkedClient(className, redis, library);
  // From the start, so that a connection lost before the first poll is known to be lost.
  RedisConnection.of(client);
  const backend = redisBackend<string>({
    ...library,
    locate: (name) => ({ client, ...library.locate(name, client) }),
    describe: (name) => ({ name: library.locate(name, client).key, server: redisServerName(client) }),
    unknown: (name, known) => {
      const others = known.length > 0 ? `, only ${[...known].sort().join(', ')}` : '';
      return `there is no queue "${name}" on ${redisServerName(client) ?? 'its Redis'}${others}. ${library.unknownCure}`;
    },
  });
  return [backend, checked];
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
