import { HireFireConfigError } from '../hirefire.errors.js';
import type { Backend } from '../procs/backend-proc.js';
import { kindOf } from '../procs/failure-message.js';
import { checkedNames } from '../procs/queue-names.js';
import type { RedisQueue } from './queue-script.js';
import { redisBackend, type RedisLibrary } from './redis-backend.js';
import type { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

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

/** A library whose queues are names. */
export interface NamedQueues extends Pick<RedisLibrary<string>, 'script' | 'metrics' | 'seesActive' | 'activeCure'> {
  /** As in "WorkerProc extends RQProc". */
  readonly baseClass: string;
  /** The option to use instead of the client's keyPrefix, which workers do not know; `undefined` if it may stay. */
  readonly insteadOfKeyPrefix?: string;
  locate(name: string, client: RedisClient): Omit<RedisQueue, 'connection'>;
  /** The cure for a queue that the library does not know. */
  readonly unknownCure: string;
}

/** The backend and the checked names for queues on one client of the app: workers in other languages have no queue objects here. */
export function namedQueues(
  className: string,
  library: NamedQueues,
  redis: AppRedis,
  names: readonly unknown[],
): [backend: Backend<string>, names: readonly string[]] {
  const checked = checkedNames(className, names, `redis, 'default'`);
  // Now, to see that a connection is lost before the first poll.
  const connection = checkedConnection(className, redis, library);
  const { client } = connection;
  const backend = redisBackend<string>({
    ...library,
    locate: (name) => ({ connection, ...library.locate(name, client) }),
    describe: (name) => ({ name: library.locate(name, client).key, server: client.serverName }),
    unknown: (name, known) => {
      const others = known.length > 0 ? `, only ${[...known].sort().join(', ')}` : '';
      return `there is no queue "${name}" on ${client.serverName ?? 'its Redis'}${others}. ${library.unknownCure}`;
    },
  });
  return [backend, checked];
}

function checkedConnection(className: string, redis: unknown, library: NamedQueues): RedisConnection {
  const connection = RedisConnection.of(redis);
  if (!connection) {
    throw new HireFireConfigError(
      `${className} extends ${library.baseClass}, whose first argument is the app's Redis client, of ioredis or node-redis, but ` +
        `it is ${kindOf(redis)}: inject the client, as in @Inject(REDIS) redis: Redis.`,
    );
  }
  const { keyPrefix = '' } = connection.client;
  if (library.insteadOfKeyPrefix !== undefined && keyPrefix !== '') {
    throw new HireFireConfigError(
      `${className}: its Redis client has the keyPrefix ${JSON.stringify(keyPrefix)}, which workers in other languages know ` +
        `nothing of. ${library.insteadOfKeyPrefix}`,
    );
  }
  return connection;
}
