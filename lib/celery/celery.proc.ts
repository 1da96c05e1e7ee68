import { shown } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { isArray } from '../hirefire.unknown.js';
import type { QueueReading } from '../procs/backend.js';
import { optionsAndNames } from '../procs/queue-names.js';
import type { Late } from '../procs/late.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { namedQueues, type AppRedis, type NamedQueues } from '../redis/named-queues.js';
import { CELERY_SCRIPT } from './celery.script.js';

/**
 * Options of {@link CeleryProc}: the ones of Celery's `broker_transport_options` that decide where its messages are. Set `sep` and
 * `global_keyprefix` here if you set them there.
 *
 * @example
 * ```ts
 * super(redis, { global_keyprefix: 'app:' }, 'celery');
 * ```
 *
 * @publicApi
 */
export interface CeleryOptions {
  /** Unnecessary from 0 to 9, which are all read: kombu has no others, except by steps beyond them. */
  readonly priority_steps?: readonly number[];

  /**
   * The separator between a queue's name and a priority.
   *
   * @default '\x06\x16'
   */
  readonly sep?: string;

  /**
   * The prefix of all keys.
   *
   * @default ''
   */
  readonly global_keyprefix?: string;
}

/** Whatever the workers' steps, kombu puts a message into the list of one of these, 0 being the queue itself. */
const PRIORITIES: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const CELERY: Omit<NamedQueues, 'locate'> = {
  baseClass: 'CeleryProc',
  script: CELERY_SCRIPT,
  metrics: ['size'],
  seesActive: false,
  activeCure:
    'With acks_late = True, tasks count until they are done, and those of a worker that was stopped are done again. ',
  insteadOfKeyPrefix: `Give it a client without one, and Celery's own as in super(redis, { global_keyprefix: 'app:' }, 'celery').`,
  oddEntry: 'is no message, and no worker can take it: it does not count',
  unknownCure: 'Correct the name, unless no worker was ever started for it.',
};

/**
 * A proc over queues of Python's Celery on Redis; for Celery on RabbitMQ there is `RabbitMQProc`. All of them are read in one round
 * trip, on the client that the app has, and nothing is written.
 *
 * The size is the tasks in the lists of a queue, plus those that workers have reserved and not acknowledged. A task with an ETA or
 * a countdown counts from its time on, and one that `acks_late` keeps unacknowledged counts until it is done. A running task that
 * was acknowledged early, which is Celery's default, is nowhere: a proc must set `{ skipActive: true }`. Messages have no time of
 * publication, so there is no latency.
 *
 * @example
 * Below `@HireFireProc('worker', { skipActive: true })`:
 * ```ts
 * export class WorkerProc extends CeleryProc {
 *   constructor(@Inject(REDIS) redis: Redis) {
 *     super(redis, 'celery', 'mail');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class CeleryProc extends QueueProc<string> {
  /**
   * @param redis - the app's client, of ioredis or node-redis, or a function that returns it, on the Redis and database of the broker
   * @param queues - the names of the queues that this process works on, as in `celery worker -Q`; options may stand before them
   * @throws HireFireConfigError without a client or a queue, for a client with a `keyPrefix`, and for an option that is unknown or wrong
   */
  constructor(redis: Late<AppRedis>, ...queues: string[]);
  constructor(redis: Late<AppRedis>, options: CeleryOptions, ...queues: string[]);
  constructor(redis: Late<AppRedis>, ...args: (CeleryOptions | string)[]) {
    const [options, names] = optionsAndNames<CeleryOptions>(
      new.target.name,
      ['priority_steps', 'sep', 'global_keyprefix'],
      args,
    );
    const { priority_steps: steps = PRIORITIES, sep = '\x06\x16', global_keyprefix: prefix = '' } = options;
    // JavaScript can pass anything.
    if (!isArray(steps) || steps.length === 0 || !steps.every((step) => Number.isInteger(step))) {
      throw new HireFireConfigError(
        `${new.target.name}: the option "priority_steps" must be a list of whole numbers, as in Celery's broker_transport_options, ` +
          `but it is ${shown(steps)}.`,
      );
    }
    const suffixes = ['', ...new Set([...PRIORITIES, ...steps].map((step) => `${sep}${step}`))];
    const locate: NamedQueues['locate'] = (queue) => ({
      key: prefix + queue,
      argument: JSON.stringify({ queue, prefix, sep, suffixes }),
    });
    const [backend, queues] = namedQueues(new.target.name, { ...CELERY, locate }, redis, names);
    super(...queues);
    this[HOLD](backend);
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}
