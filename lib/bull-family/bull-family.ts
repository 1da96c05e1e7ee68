import { hasMembers, hasMethod, isObject, safely } from '../hirefire.unknown.js';
import type { Backend } from '../procs/backend.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import type { QueueHistory } from '../procs/trace.js';
import type { BatchedScript, RedisQueue } from '../redis/batched-script.js';
import type { QueueScript } from '../redis/queue-script.js';
import { redisBackend } from '../redis/redis-backend.js';
import { RedisConnection } from '../redis/redis-connection.js';
import { RedisScript } from '../redis/redis-script.js';

/** Bull or BullMQ. */
export interface BullFamilyLibrary<Q> {
  readonly name: string;
  /** The package that `@InjectQueue()` comes from. */
  readonly nestModule: string;
  readonly script: QueueScript;
  /** Reads the history of a queue, where the library keeps one. */
  readonly events?: BatchedScript<'events', QueueHistory>;
  readonly namesWorkers?: boolean;
  /** The method that only its queues have. */
  readonly method: 'isReady' | 'waitUntilReady';
  /** The other library of the family. */
  readonly other: string;
  readonly otherMethod: 'isReady' | 'waitUntilReady';
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
  readonly isReady?: unknown;
  readonly waitUntilReady?: unknown;
  readonly closing?: unknown;
  toKey?(type: string): string;
}

/** Both count the ids of their jobs: without the counter, there was never a job. */
const COUNTER = new RedisScript(`return redis.call('EXISTS', KEYS[1] .. 'id')`);

/** Queues of Bull or BullMQ, whose keys all begin with `queue.toKey('')`. */
export function bullFamily<Q extends BullFamilyQueue>(library: BullFamilyLibrary<Q>): Backend<Q> {
  const { nestModule, namesWorkers = false } = library;

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
    events: library.events,
    namesWorkers,
    locate,
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

/** Why a queue can't be read, and the cure, to continue "queue 1 "; `undefined` if it can, or is a test's double. */
export function refusalOf<Q extends BullFamilyQueue>(library: BullFamilyLibrary<Q>, queue: Q): string | undefined {
  const { name, nestModule, other } = library;
  if (isOfTheOther(library, queue)) {
    return (
      `is a queue of ${other}, which keeps its jobs in another way. Extend ${other}Proc of 'nestjs-hirefire/${other.toLowerCase()}' ` +
      `instead, or import InjectQueue and BullModule from '${nestModule}' for a queue of ${name}. Queues of both with ` +
      `the same name have one injection token: register each in a module of its own.`
    );
  }
  const isQueue = typeof queue.toKey === 'function' && typeof queue.add === 'function';
  return isQueue || mayBeDouble(queue)
    ? library.refusal?.(queue)
    : `is no queue of ${name}: inject one with @InjectQueue() of ${nestModule}, or name it, as in super('mail'). A test ` +
        `without Redis can override the proc itself.`;
}

/** True if the value of a provider is a queue of the library, and no double. */
export function isQueueOf<Q extends BullFamilyQueue>(
  library: BullFamilyLibrary<Q>,
  value: unknown,
): value is Q & { readonly name: string; toKey(type: string): string } {
  const isQueue = safely(
    () =>
      hasMembers(value, { name: 'string', toKey: 'function', add: 'function', [library.method]: 'function' }) &&
      !hasMethod(value, library.otherMethod) &&
      mayStandFor(library, value) &&
      typeof value.toKey?.('') === 'string',
  );
  return isQueue === true;
}

/** True if a value that is injected as a queue can be given to the proc: a test's double can. */
export function mayStandFor<Q extends BullFamilyQueue>(library: BullFamilyLibrary<Q>, value: unknown): value is Q {
  return isObject(value) && !isOfTheOther(library, value);
}

/** Equal for all objects of one queue, and for no other queue of any library. Doubles are all one. */
export function placeOf<Q extends BullFamilyQueue>(library: BullFamilyLibrary<Q>, queue: Q): unknown {
  if (!isQueueOf(library, queue)) {
    return undefined;
  }
  const connection = RedisConnection.of(library.clientAtHand(queue));
  return connection ? `${library.name} ${connection.client.serverKey} ${queue.toKey('')}` : queue;
}

function isOfTheOther<Q>({ method, otherMethod }: BullFamilyLibrary<Q>, queue: BullFamilyQueue): boolean {
  // A mock of anything has both.
  return typeof queue[otherMethod] === 'function' && typeof queue[method] !== 'function';
}

/** True if it may be a test's double, which is reported when it is read: its methods are mocks of Jest, Vitest, Node or Sinon. */
function mayBeDouble(queue: BullFamilyQueue): boolean {
  return (
    isMock(queue.add) ||
    (isPlain(queue) && Object.values(queue).every((member) => typeof member !== 'function' || isMock(member)))
  );
}

function isMock(method: unknown): boolean {
  return typeof method === 'function' && ('mock' in method || 'callCount' in method);
}

function isPlain(value: unknown): boolean {
  const prototype: unknown = isObject(value) ? Object.getPrototypeOf(value) : undefined;
  return isObject(prototype) && Object.getPrototypeOf(prototype) === null;
}
