import { HireFireConfigError } from '../hirefire.errors.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import type { QueueDescription } from '../procs/queue-proc.js';
import type { QueueScript, RedisQueue } from '../redis/queue-script.js';
import { isRedisClient } from '../redis/redis-client.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { RedisQueueProc } from '../redis/redis-queue-proc.js';
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

const LIBRARY = Symbol('nestjs-hirefire:library');

/** Both count the ids of their jobs: without the counter, no job ever. */
const COUNTER = new RedisScript(`return redis.call('EXISTS', KEYS[1] .. 'id')`);

/** A proc over queues of Bull or BullMQ, whose keys all begin with `queue.toKey('')`. */
export abstract class BullFamilyProc<Q extends { toKey(type: string): string }, Asked> extends RedisQueueProc<Q> {
  protected override readonly script: QueueScript;

  // By a symbol, because another name could be the user's own member, and a #private one is out of reach of a Proxy.
  private readonly [LIBRARY]: BullFamilyLibrary<Asked>;

  constructor(library: BullFamilyLibrary<Asked>, queues: readonly Q[]) {
    super(...queues);
    this[LIBRARY] = library;
    this.script = library.script;
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

  protected override describe(queue: Q): QueueDescription | undefined {
    const { name, toKey } = Object(queue) as QueueMembers;
    const client = this[LIBRARY].clientAtHand(Object(queue) as Asked);
    if (typeof name !== 'string' || typeof toKey !== 'function') {
      return undefined;
    }
    const key = queue.toKey('').slice(0, -1);
    return { name: key, server: isRedisClient(client) ? redisServerName(client) : undefined };
  }

  protected override async neverUsed(queues: readonly Q[]): Promise<readonly Q[]> {
    const located = await Promise.all(queues.map((queue, index) => this.locate(queue, index)));
    const counts = await Promise.all(located.map(({ client, key }) => COUNTER.run(client, [key], [])));
    return queues.filter((_, index) => Number(counts[index]) === 0);
  }

  protected override async locate(queue: Q, index: number): Promise<RedisQueue> {
    const library = this[LIBRARY];
    const name = `queue ${index + 1} of ${this.constructor.name}`;
    const { closing, toKey, add } = Object(queue) as QueueMembers;
    // Of a mock, it can be a function.
    if (closing !== undefined && typeof closing !== 'function') {
      // Asking a closed queue for its client can make a new one, which nobody closes.
      throw new MeasureFailure(`${name} is closed`);
    }
    const client = library.clientAtHand(Object(queue) as Asked) ?? (await library.client(Object(queue) as Asked));
    if (!isRedisClient(client) || typeof toKey !== 'function' || typeof add !== 'function') {
      throw new MeasureFailure(
        `${name} is no queue of ${library.name}: inject one with @InjectQueue() of ${library.nestModule}. A test without ` +
          `Redis can override ${this.constructor.name} itself.`,
      );
    }
    return { client, key: queue.toKey('') };
  }
}
