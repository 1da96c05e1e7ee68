import type { Backend } from '../procs/backend-proc.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import type { QueueScript, RedisQueue } from '../redis/queue-script.js';
import { redisBackend } from '../redis/redis-backend.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { RedisScript } from '../redis/redis-script.js';

/** Bull or BullMQ. */
export interface BullFamilyLibrary<Q> {
  readonly name: string;
  /** The package that `@InjectQueue()` comes from. */
  readonly nestModule: string;
  readonly script: QueueScript;
  /** The other library of the family. */
  readonly other: string;
  isOfTheOther(queue: Q): boolean;
  /** Why else a queue can't be read, and the cure, to continue "queue 1 "; `undefined` if it can. */
  refusal?(queue: Q): string | undefined;
  /** The client that the queue has already. */
  clientAtHand(queue: Q): unknown;
  /** The client that the queue will have, or a promise of it. */
  client(queue: Q): unknown;
}

/** The members that queues of both libraries have, and a test's double may lack. */
export interface BullFamilyQueue {
  readonly name?: unknown;
  readonly add?: unknown;
  readonly closing?: unknown;
  toKey?(type: string): string;
}

/** Both count the ids of their jobs: without the counter, there was never a job. */
const COUNTER = new RedisScript(`return redis.call('EXISTS', KEYS[1] .. 'id')`);

/** Queues of Bull or BullMQ, whose keys all begin with `queue.toKey('')`. */
export function bullFamily<Asked extends BullFamilyQueue, Q extends Asked>(
  library: BullFamilyLibrary<Asked>,
): Backend<Q> {
  const { nestModule, other } = library;

  async function locate(queue: Q, name: string): Promise<RedisQueue> {
    // Of a mock, it can be a function.
    if (queue.closing !== undefined && typeof queue.closing !== 'function') {
      // A closed queue that is asked for its client can make a new one, which no one closes.
      throw new MeasureFailure(`${name} is closed`);
    }
    const connection = RedisConnection.of(library.clientAtHand(queue) ?? (await library.client(queue)));
    if (!connection || typeof queue.toKey !== 'function' || typeof queue.add !== 'function') {
      throw new MeasureFailure(
        `${name} is no queue of ${library.name}: inject one with @InjectQueue() of ${nestModule}. A test without ` +
          `Redis can override ${name.replace(/^.* of /, '')} itself.`,
      );
    }
    return { connection, key: queue.toKey('') };
  }

  return redisBackend<Q>({
    script: library.script,
    locate,
    refusal: (queue, ordinal) => {
      const refusal = library.isOfTheOther(queue)
        ? `is a queue of ${other}, which keeps its jobs in another way. Extend ${other}Proc of 'nestjs-hirefire/${other.toLowerCase()}' ` +
          `instead, or import InjectQueue and BullModule from '${nestModule}' for a queue of ${library.name}. Queues of both with ` +
          `the same name have one injection token: register each in a module of its own.`
        : library.refusal?.(queue);
      if (refusal !== undefined) {
        return `extends ${library.name}Proc, but ${ordinal} ${refusal}`;
      }
      // Now, to see that a connection is lost before the first poll.
      RedisConnection.of(library.clientAtHand(queue));
      return undefined;
    },
    describe: (queue) =>
      typeof queue.name !== 'string' || typeof queue.toKey !== 'function'
        ? undefined
        : {
            name: queue.toKey('').slice(0, -1),
            server: RedisConnection.of(library.clientAtHand(queue))?.client.serverName,
          },
    neverUsed: async (queues, procName) => {
      const located = await Promise.all(
        queues.map((queue, index) => locate(queue, `queue ${index + 1} of ${procName}`)),
      );
      const counts = await Promise.all(located.map(({ connection, key }) => connection.run(COUNTER, [key], [])));
      return counts.map((count) => Number(count) === 0);
    },
  });
}
