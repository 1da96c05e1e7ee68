import { HireFireConfigError } from '../hirefire.errors.js';
import { safely } from '../hirefire.unknown.js';
import type { Backend } from '../procs/backend.js';
import { typeOf } from '../procs/failure-message.js';
import { current, type Late } from '../procs/late.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { checkedNames } from '../procs/queue-names.js';
import type { RedisQueue } from './batched-script.js';
import { redisBackend, type RedisLibrary } from './redis-backend.js';
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
      /** True if the client can send commands now. */
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
  locate(name: string, keyPrefix: string): Omit<RedisQueue, 'connection'>;
  /** The cure for a queue that the library does not know. */
  readonly unknownCure: string;
  /** Follows "an entry of <key> on <server> ", if there are entries that the library can't understand. */
  readonly oddEntry?: string;
}

const LATE_CURE =
  " For a client that is made later, hand over a function that returns it, as in super(() => service.redis, 'mail').";

/** The backend and the checked names for queues on one client of the app: workers in other languages have no queue objects here. */
export function namedQueues(
  className: string,
  library: NamedQueues,
  redis: Late<AppRedis>,
  names: readonly unknown[],
): [backend: Backend<string>, names: readonly string[]] {
  const checked = checkedNames(className, names, `redis, 'default'`);
  if (typeof redis !== 'function') {
    // Now, to see that a connection is lost before the first poll.
    const refusal = refusalOfClient(className, redis, library);
    if (refusal !== undefined) {
      throw new HireFireConfigError(refusal);
    }
  }
  // The app's function may throw before its service is ready.
  const serverNameNow = (): string | undefined => safely(() => RedisConnection.of(current(redis))?.client.serverName);
  const backend = redisBackend<string>({
    ...library,
    locate(name) {
      const client = current(redis);
      const refusal = client && refusalOfClient(className, client, library);
      const connection = RedisConnection.of(client);
      if (!connection || refusal !== undefined) {
        throw new MeasureFailure(refusal ?? 'its Redis client is not connected yet');
      }
      return { connection, ...library.locate(name, connection.client.keyPrefix ?? '') };
    },
    describe: (name) => ({ name: library.locate(name, '').key, server: serverNameNow() }),
    unknown: (name, known) => {
      const others = known.length > 0 ? `, only ${[...known].sort().join(', ')}` : '';
      return `there is no queue "${name}" on ${serverNameNow() ?? 'its Redis'}${others}. ${library.unknownCure}`;
    },
    odd: (_name, key) => `an entry of "${key}" on ${serverNameNow() ?? 'its Redis'} ${library.oddEntry ?? ''}`,
  });
  return [backend, checked];
}

/** Why this is no client for the library, and the cure. */
function refusalOfClient(className: string, client: unknown, library: NamedQueues): string | undefined {
  const connection = RedisConnection.of(client);
  if (!connection) {
    const late = client === undefined || client === null ? LATE_CURE : '';
    return (
      `${className} extends ${library.baseClass}, whose first argument is the app's Redis client, of ioredis or node-redis, but ` +
      `it is ${typeOf(client)}: inject the client, as in @Inject(REDIS) redis: Redis.${late}`
    );
  }
  const { keyPrefix = '' } = connection.client;
  return library.insteadOfKeyPrefix === undefined || keyPrefix === ''
    ? undefined
    : `${className}: its Redis client has the keyPrefix ${JSON.stringify(keyPrefix)}, which workers in other languages know ` +
        `nothing of. ${library.insteadOfKeyPrefix}`;
}
