import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { QueueProc, type QueueReading } from '../procs/queue-proc.js';
import type { QueueScript, RedisQueue } from './queue-script.js';
import { isRedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';

/** What is particular to one queue library on Redis; the `Asked` part of a queue is looked at before it is trusted. */
export interface RedisLibrary<Asked> {
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
  readonly add?: unknown;
  readonly toKey?: unknown;
  readonly closing?: unknown;
}

/**
 * A {@link QueueProc} whose queues live on a Redis: all of them are read in one round trip, on the connections they
 * already have, and nothing is written.
 */
export abstract class RedisQueueProc<Q extends { toKey(type: string): string }, Asked> extends QueueProc<Q> {
  constructor(
    private readonly library: RedisLibrary<Asked>,
    queues: readonly Q[],
  ) {
    super(...queues);
    for (const [index, queue] of this.queues.entries()) {
      const refusal = library.refusal(Object(queue) as Asked);
      if (refusal !== undefined) {
        throw new HireFireConfigError(
          `${this.constructor.name} extends ${library.name}Proc, but queue ${index + 1} ${refusal}`,
        );
      }
      // From the start, so that a connection lost before the first poll is known to be lost.
      const client = library.clientAtHand(Object(queue) as Asked);
      if (isRedisClient(client)) {
        RedisConnection.of(client);
      }
    }
  }

  protected override read(queues: readonly Q[], metric: Metric): Promise<readonly QueueReading[]> {
    const { script } = this.library;
    return Promise.all(queues.map(async (queue, index) => script.read(await this.#locate(queue, index), metric)));
  }

  async #locate(queue: Q, index: number): Promise<RedisQueue> {
    const { library } = this;
    const name = `queue ${index + 1} of ${this.constructor.name}`;
    const { closing, toKey, add } = Object(queue) as QueueMembers;
    if (closing !== undefined) {
      // Asking a closed queue for its client can make a new one, which nobody closes.
      throw new Error(`${name} is closed`);
    }
    const client = library.clientAtHand(Object(queue) as Asked) ?? (await library.client(Object(queue) as Asked));
    if (!isRedisClient(client) || typeof toKey !== 'function' || typeof add !== 'function') {
      throw new Error(
        `${name} is no queue of ${library.name}: inject one with @InjectQueue() of ${library.nestModule}. A test without ` +
          `Redis can override ${this.constructor.name} itself.`,
      );
    }
    return { client, prefix: queue.toKey('') };
  }
}
