import type { Queue } from 'bull';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { QueueProc, type QueueReading } from '../procs/queue-proc.js';
import type { RedisQueue } from '../redis/queue-script.js';
import { isRedisClient } from '../redis/redis-client.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { BULL_SCRIPT } from './bull.script.js';

/**
 * A proc over queues of Bull 4. All of them are read in one round trip, on the connections they already have, and
 * nothing is written.
 *
 * The size is what waits, prioritized and rate-limited jobs included, plus delayed jobs that are due, plus what is
 * active; a paused queue counts what is active only. The latency is the age of the oldest job that is ready: since it
 * was added, since its delay was over, or since it was due again after a failure. It is 0 only when nothing waits.
 *
 * @example
 * ```ts
 * @HireFireProc('worker')
 * export class WorkerProc extends BullProc {
 *   constructor(@InjectQueue('mail') mail: Queue, @InjectQueue('images') images: Queue) {
 *     super(mail, images);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class BullProc extends QueueProc<Queue> {
  /**
   * @param queues - the queues that this process works on
   * @throws HireFireConfigError without a queue, for one that is missing, and for a queue of BullMQ
   */
  constructor(...queues: Queue[]) {
    super(...queues);
    for (const [index, queue] of this.queues.entries()) {
      if (typeof Reflect.get(Object(queue), 'waitUntilReady') === 'function') {
        throw new HireFireConfigError(
          `${this.constructor.name} extends BullProc, but queue ${index + 1} is a queue of BullMQ, which keeps its jobs in ` +
            `another way. Extend BullMQProc of 'nestjs-hirefire/bullmq' instead, or import InjectQueue and BullModule from ` +
            `'@nestjs/bull' for a queue of Bull. Queues of both with the same name have one injection token: register each in a ` +
            `module of its own.`,
        );
      }
      // From the start, so that a connection lost before the first poll is known to be lost. A lazy queue has none yet.
      if (Reflect.get(Object(queue), 'clientInitialized') === true && isRedisClient(queue.client)) {
        RedisConnection.of(queue.client);
      }
    }
  }

  protected override read(queues: readonly Queue[], metric: Metric): Promise<readonly QueueReading[]> {
    return Promise.all(queues.map(async (queue, index) => BULL_SCRIPT.read(this.#locate(queue, index), metric)));
  }

  #locate(queue: Queue, index: number): RedisQueue {
    const name = `queue ${index + 1} of ${this.constructor.name}`;
    if (Reflect.get(Object(queue), 'closing') !== undefined) {
      // Asking a closed queue for its client would make a new one, which nobody closes.
      throw new Error(`${name} is closed`);
    }
    const client: unknown = queue.client;
    if (!isRedisClient(client) || typeof queue.toKey !== 'function') {
      throw new Error(
        `${name} is no queue of Bull: inject one with @InjectQueue() of @nestjs/bull. A test without Redis can override ` +
          `${this.constructor.name} itself.`,
      );
    }
    return { client, prefix: queue.toKey('') };
  }
}
