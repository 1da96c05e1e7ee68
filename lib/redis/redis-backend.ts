import { remembered } from '../hirefire.remembered.js';
import { COUNTED_ALREADY, type Backend } from '../procs/backend.js';
import type { QueueHistory } from '../procs/trace.js';
import type { BatchedScript, RedisQueue } from './batched-script.js';
import { WORKERS, type QueueScript } from './queue-script.js';
import type { RedisConnection } from './redis-connection.js';

/** A library that keeps its queues on Redis. */
export interface RedisLibrary<Q> extends Omit<Backend<Q>, 'read' | 'history' | 'whyWaiting'> {
  /** One for all procs of the library: they are read together. */
  readonly script: QueueScript;
  readonly events?: BatchedScript<'events', QueueHistory> | undefined;
  /** Finds a queue, at each reading. Rejects, or throws, if it has no client. */
  locate(queue: Q, name: string): RedisQueue | Promise<RedisQueue>;
  /** The warning of a queue that the library does not know. */
  unknown?(queue: Q, known: readonly string[]): string;
  /** The warning of an entry that can't be understood. */
  odd?(queue: Q, key: string): string;
}

/** Queues on a Redis: all of them are read in one round trip, on the connections they already have, and nothing is written. */
export function redisBackend<Q>(library: RedisLibrary<Q>): Backend<Q> {
  /** Of the last reading. */
  let connections: readonly RedisConnection[] = [];
  /** The first of each queue: the known names are a sample, and another one is no news. */
  const unknowns = new Map<Q, string | undefined>();
  const argumentOf = new Map<Q, string>();

  /** Of each queue, its place; `undefined` for one that another object stands for already. */
  async function locateAll(queues: readonly Q[], procName: string): Promise<readonly (RedisQueue | undefined)[]> {
    const located = await Promise.all(
      queues.map(async (queue, index) => library.locate(queue, `queue ${index + 1} of ${procName}`)),
    );
    connections = located.map(({ connection }) => connection);
    const seen = new Set<string>();
    return located.map((place) => {
      const { size } = seen;
      return seen.add(`${place.connection.client.serverKey} ${place.key}`).size > size ? place : undefined;
    });
  }

  const { events } = library;
  return {
    ...library,
    whyWaiting: () => connections.map(({ whyWaiting }) => whyWaiting).find((reason) => reason !== undefined),
    async read(queues, { metric, isProtected, procName }) {
      const places = await locateAll(queues, procName);
      return Promise.all(
        queues.map(async (queue, index) => {
          const place = places[index];
          if (!place) {
            return COUNTED_ALREADY;
          }
          const argument = argumentOf.get(queue) ?? WORKERS;
          const asked = library.namesWorkers && isProtected ? { ...place, argument } : place;
          const { knownQueues, oddIn, next = argument, ...reading } = await library.script.read(asked, metric);
          argumentOf.set(queue, next);
          const unknown = knownQueues && remembered(unknowns, queue, () => library.unknown?.(queue, knownQueues));
          return { ...reading, unknown: oddIn === undefined ? unknown : library.odd?.(queue, oddIn) };
        }),
      );
    },
    async history(queues, procName) {
      if (!events) {
        return null;
      }
      const places = await locateAll(queues, procName);
      return Promise.all(places.flatMap((place) => (place ? events.read(place, 'events') : [])));
    },
  };
}
