import type { Backend, BackendReading, Question } from '../procs/backend-proc.js';
import type { MeasureFailure } from '../procs/measure-failure.js';
import { COUNTED_ALREADY } from '../procs/queue-proc.js';
import type { QueueScript, RedisQueue } from './queue-script.js';
import type { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { redisServerKey } from './redis-server-key.js';

/** What is particular to one library on Redis. */
export interface RedisLibrary<Q> extends Omit<Backend<Q>, 'read' | 'whyWaiting'> {
  /** One for all procs of the library, so that they are read together. */
  readonly script: QueueScript;
  /** Where a queue is. Rejects, or throws, when its client can't be had. */
  locate(queue: Q, name: string): RedisQueue | Promise<RedisQueue>;
  /** The warning of a queue that the library has never heard of. */
  unknown?(queue: Q, known: readonly string[]): string;
}

/** Queues on a Redis: all of them are read in one round trip, on the connections they already have, and nothing is written. */
export function redisBackend<Q>(library: RedisLibrary<Q>): Backend<Q> {
  /** Of the last reading. */
  let clients: readonly RedisClient[] = [];
  return {
    ...library,
    get whyWaiting(): MeasureFailure | undefined {
      return clients.map((client) => RedisConnection.of(client).whyWaiting).find((reason) => reason !== undefined);
    },
    async read(queues: readonly Q[], { metric, procName }: Question): Promise<readonly BackendReading[]> {
      const located = await Promise.all(
        queues.map(async (queue, index) => library.locate(queue, `queue ${index + 1} of ${procName}`)),
      );
      clients = located.map(({ client }) => client);
      const places = new Set<string>();
      return Promise.all(
        queues.map(async (queue, index) => {
          const place = located[index];
          if (!place || places.size === places.add(`${redisServerKey(place.client)} ${place.key}`).size) {
            return COUNTED_ALREADY;
          }
          const { knownQueues, ...reading } = await library.script.read(place, metric);
          return { ...reading, unknown: knownQueues && library.unknown?.(queue, knownQueues) };
        }),
      );
    },
  };
}
