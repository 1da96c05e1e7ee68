import type { Metric } from '../hirefire.protocol.js';
import type { MeasureFailure } from '../procs/measure-failure.js';
import { COUNTED_ALREADY, QueueProc } from '../procs/queue-proc.js';
import type { QueueScript, RedisQueue, ScriptReading } from './queue-script.js';
import type { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { redisServerKey } from './redis-server-key.js';

const CLIENTS = Symbol('nestjs-hirefire:clients');

/**
 * A {@link QueueProc} whose queues live on a Redis: all of them are read in one round trip, on the connections they
 * already have, and nothing is written.
 */
export abstract class RedisQueueProc<Q> extends QueueProc<Q> {
  /** Of the last reading. */
  private [CLIENTS]: readonly RedisClient[] = [];

  /** Reads the queues of this library; one for all of its procs, so that they are read together. */
  protected abstract readonly script: QueueScript;

  /** Where a queue of this proc is. Rejects, or throws, when its client can't be had. */
  protected abstract locate(queue: Q, index: number): RedisQueue | Promise<RedisQueue>;

  override get whyWaiting(): MeasureFailure | undefined {
    return this[CLIENTS].map((client) => RedisConnection.of(client).whyWaiting).find((reason) => reason !== undefined);
  }

  protected override async read(queues: readonly Q[], metric: Metric): Promise<readonly ScriptReading[]> {
    const located = await Promise.all(queues.map(async (queue, index) => this.locate(queue, index)));
    this[CLIENTS] = located.map(({ client }) => client);
    const places = new Set<string>();
    return Promise.all(
      located.map(async (queue) => {
        const place = `${redisServerKey(queue.client)} ${queue.key}`;
        return places.size === places.add(place).size ? COUNTED_ALREADY : this.script.read(queue, metric);
      }),
    );
  }
}
