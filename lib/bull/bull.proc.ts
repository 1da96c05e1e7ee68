import type { Queue } from 'bull';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { QueueProc, type QueueReading } from '../procs/queue-proc.js';
import { isRedisClient } from '../redis/redis-client.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { BULL_SCRIPT } from './bull.script.js';

/** Waiting jobs per queue up to which the oldest is found by looking at each of them. */
const MOST_JOBS_TO_WALK = 100;

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
          `${this.constructor.name} extends BullProc, but queue ${index + 1} is a queue of BullMQ, which keeps its ` +
            `jobs in another way. Import InjectQueue from '@nestjs/bull' for a queue of Bull.`,
        );
      }
      // From the start, so that a connection lost before the first poll is known to be lost. A lazy queue has none yet.
      if (Reflect.get(Object(queue), 'clientInitialized') === true && isRedisClient(queue.client)) {
        RedisConnection.of(queue.client);
      }
    }
  }

  protected override read(queues: readonly Queue[], metric: Metric): Promise<readonly QueueReading[]> {
    const now = Date.now();
    return Promise.all(queues.map((queue, index) => this.#readOne(queue, index, metric, now)));
  }

  async #readOne(queue: Queue, index: number, metric: Metric, now: number): Promise<QueueReading> {
    if (Reflect.get(Object(queue), 'closing') !== undefined) {
      // Asking a closed queue for its client would make a new one, which nobody closes.
      throw new Error(`queue ${index + 1} of ${this.constructor.name} is closed`);
    }
    const client: unknown = queue.client;
    if (!isRedisClient(client) || typeof queue.toKey !== 'function') {
      throw new Error(
        `queue ${index + 1} of ${this.constructor.name} is no queue of Bull: inject one with @InjectQueue() of ` +
          `@nestjs/bull. A test without Redis can override ${this.constructor.name} itself.`,
      );
    }
    const keys = ['wait', 'active', 'delayed', 'priority', 'meta-paused', 'limiter:index'].map((type) =>
      queue.toKey(type),
    );
    // Bull scores a delayed job with its ready time in ms * 4096, plus some bits that keep the order.
    const highestDueScore = (now + 1) * 4096 - 1;
    const answer = await BULL_SCRIPT.run(client, keys, [
      now,
      highestDueScore,
      queue.toKey(''),
      metric,
      MOST_JOBS_TO_WALK,
    ]);
    return readingOf(answer);
  }
}

function readingOf(answer: unknown): QueueReading {
  const values: unknown[] = Array.isArray(answer) ? answer : [];
  // A client with the option stringNumbers gives strings.
  const [ready, active, ageInMs] = values.map((value) => (typeof value === 'string' ? Number(value) : value));
  if (typeof ready !== 'number' || typeof active !== 'number' || typeof ageInMs !== 'number') {
    throw new Error('Redis answered with something other than three numbers');
  }
  return { ready, active, latency: ageInMs / 1000 };
}
