import type { Queue } from 'bullmq';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { QueueProc, type QueueReading } from '../procs/queue-proc.js';
import type { RedisQueue } from '../redis/queue-script.js';
import { isRedisClient } from '../redis/redis-client.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { BULLMQ_SCRIPT } from './bullmq.script.js';

/**
 * A proc over queues of BullMQ 5 or 6 on Redis. All of them are read in one round trip, on the connections they already
 * have, and nothing is written.
 *
 * The size is what waits, prioritized jobs included, plus delayed jobs that are due, plus what is active; a paused queue
 * counts what is active only, and a flow parent counts once its children are done. The latency is the age of the oldest job
 * that is ready: since it was added, since its delay was over, or since it was due again after a failure. It is 0 only when
 * nothing waits.
 *
 * @example
 * ```ts
 * @HireFireProc('worker')
 * export class WorkerProc extends BullMQProc {
 *   constructor(@InjectQueue('mail') mail: Queue, @InjectQueue('images') images: Queue) {
 *     super(mail, images);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class BullMQProc extends QueueProc<Queue> {
  /**
   * @param queues - the queues that this process works on
   * @throws HireFireConfigError without a queue, for one that is missing, for a queue of Bull or BullMQ Pro, and for one of
   * BullMQ 6 that does not live on a Redis
   */
  constructor(...queues: Queue[]) {
    super(...queues);
    for (const [index, queue] of this.queues.entries()) {
      if (has(queue, 'isReady')) {
        throw new HireFireConfigError(
          `${this.constructor.name} extends BullMQProc, but queue ${index + 1} is a queue of Bull, which keeps its jobs in ` +
            `another way. Extend BullProc of 'nestjs-hirefire/bull' instead, or import InjectQueue and BullModule from ` +
            `'@nestjs/bullmq' for a queue of BullMQ. Queues of both with the same name have one injection token: register each in a ` +
            `module of its own.`,
        );
      }
      if (livesElsewhere(queue)) {
        throw new HireFireConfigError(
          `${this.constructor.name} extends BullMQProc, but queue ${index + 1} lives in another store than Redis, which can't ` +
            `be read. Give the class a quantity() of its own that asks this store, and let it extend Proc.`,
        );
      }
      if (has(queue, 'getGroupJobs')) {
        throw new HireFireConfigError(
          `${this.constructor.name} extends BullMQProc, but queue ${index + 1} is a queue of BullMQ Pro, which keeps the jobs of ` +
            `its groups apart, where they can't be read. Give the class a quantity() of its own that asks this queue, and let ` +
            `it extend Proc.`,
        );
      }
      // From the start, so that a connection lost before the first poll is known to be lost.
      const client = clientAtHand(queue);
      if (isRedisClient(client)) {
        RedisConnection.of(client);
      }
    }
  }

  protected override read(queues: readonly Queue[], metric: Metric): Promise<readonly QueueReading[]> {
    return Promise.all(
      queues.map(async (queue, index) => BULLMQ_SCRIPT.read(await this.#locate(queue, index), metric)),
    );
  }

  async #locate(queue: Queue, index: number): Promise<RedisQueue> {
    const name = `queue ${index + 1} of ${this.constructor.name}`;
    if (Reflect.get(Object(queue), 'closing') !== undefined) {
      throw new Error(`${name} is closed`);
    }
    const client = clientAtHand(queue) ?? (await promisedClient(queue));
    // A Worker and QueueEvents have keys too, and what is asked over the connection of the latter waits for the next event.
    if (!isRedisClient(client) || !has(queue, 'toKey') || !has(queue, 'add')) {
      throw new Error(
        `${name} is no queue of BullMQ: inject one with @InjectQueue() of @nestjs/bullmq. A test without Redis can override ` +
          `${this.constructor.name} itself.`,
      );
    }
    return { client, prefix: queue.toKey('') };
  }
}

function has(queue: unknown, method: string): boolean {
  return typeof Reflect.get(Object(queue), method) === 'function';
}

/** Since version 6, what is particular to a store stands in a backend of the queue. */
function backendOf(queue: Queue): unknown {
  const getBackend: unknown = Reflect.get(Object(queue), 'getBackend');
  return typeof getBackend === 'function' ? Reflect.apply(getBackend, queue, []) : queue;
}

/** Whether the queue has a backend that knows of no client. */
function livesElsewhere(queue: Queue): boolean {
  const backend = backendOf(queue);
  return backend !== queue && !('client' in Object(backend));
}

/**
 * The client itself, at once. The promise that BullMQ gives of it does not settle before Redis is there, and after a login
 * that was refused it never gives the client.
 */
function clientAtHand(queue: Queue): unknown {
  const connection: unknown = Reflect.get(Object(backendOf(queue)), 'connection');
  return Reflect.get(Object(connection), '_client');
}

function promisedClient(queue: Queue): unknown {
  return Reflect.get(Object(backendOf(queue)), 'client');
}
