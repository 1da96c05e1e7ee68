import type { Backend } from '../procs/backend-proc.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import type { QueueScript, RedisQueue } from '../redis/queue-script.js';
import { redisBackend } from '../redis/redis-backend.js';
import { isRedisClient } from '../redis/redis-client.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { RedisScript } from '../redis/redis-script.js';
import { redisServerName } from '../redis/redis-server-name.js';

/** What is particular to Bull or BullMQ; the `Asked` part of a queue is looked at before it is trusted. */
export interface BullFamilyLibrary<Asked> {
  readonly name: string;
  /** The package that `@InjectQueue()` comes from. */
  readonly nestModule: string;
  readonly script: QueueScript;
  /** Why a queue can't be read, and the cure; `undefined` where it can. Continues "WorkerProc extends ..., but queue 1 ". */
  refusal(queue: Asked): string | undefined;
  /** The client that the queue has already. */
  clientAtHand(queue: Asked): unknown;
  /** The client that the queue will have, or a promise of it. */
  client(queue: Asked): unknown;
}

/** What every one of these libraries gives its queues. */
interface QueueMembers {
  readonly name?: unknown;
  readonly add?: unknown;
  readonly toKey?: unknown;
  readonly closing?: unknown;
}

/** Both count the ids of their jobs: without the counter, no job ever. */
const COUNTER = new RedisScript(`return redis.call('EXISTS', KEYS[1] .. 'id')`);

/** Queues of Bull or BullMQ, whose keys all begin with `queue.toKey('')`. */
export function bullFamily<Q extends { toKey(type: string): string }, Asked>(
  library: BullFamilyLibrary<Asked>,
): Backend<Q> {
  const asked = (queue: Q): Asked => Object(queue) as Asked;
  const membersOf = (queue: Q): QueueMembers => Object(queue) as QueueMembers;

  async function locate(queue: Q, name: string): Promise<RedisQueue> {
    const { closing, toKey, add } = membersOf(queue);
    // Of a mock, it can be a function.
    if (closing !== undefined && typeof closing !== 'function') {
      // Asking a closed queue for its client can make a new one, which nobody closes.
      throw new MeasureFailure(`${name} is closed`);
    }
    const client = library.clientAtHand(asked(queue)) ?? (await library.client(asked(queue)));
    if (!isRedisClient(client) || typeof toKey !== 'function' || typeof add !== 'function') {
      throw new MeasureFailure(
        `${name} is no queue of ${library.name}: inject one with @InjectQueue() of ${library.nestModule}. A test without ` +
          `Redis can override ${name.replace(/^.* of /, '')} itself.`,
      );
    }
    return { client, key: queue.toKey('') };
  }

  return redisBackend<Q>({
    script: library.script,
    locate,
    refusal: (queue) => {
      const refusal = library.refusal(asked(queue));
      // From the start, so that a connection lost before the first poll is known to be lost.
      const client = refusal === undefined ? library.clientAtHand(asked(queue)) : undefined;
      if (isRedisClient(client)) {
        RedisConnection.of(client);
      }
      return refusal;
    },
    describe: (queue) => {
      const { name, toKey } = membersOf(queue);
      const client = library.clientAtHand(asked(queue));
      return typeof name !== 'string' || typeof toKey !== 'function'
        ? undefined
        : { name: queue.toKey('').slice(0, -1), server: isRedisClient(client) ? redisServerName(client) : undefined };
    },
    neverUsed: async (queues, procName) => {
      const located = await Promise.all(
        queues.map((queue, index) => locate(queue, `queue ${index + 1} of ${procName}`)),
      );
      const counts = await Promise.all(located.map(({ client, key }) => COUNTER.run(client, [key], [])));
      return queues.filter((_, index) => Number(counts[index]) === 0);
    },
  });
}
