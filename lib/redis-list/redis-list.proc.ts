import type { QueueReading } from '../procs/backend.js';
import { optionsAndNames } from '../procs/queue-names.js';
import type { Late } from '../procs/late.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { namedQueues, type AppRedis, type NamedQueues } from '../redis/named-queues.js';
import { REDIS_LIST_SCRIPT } from './redis-list.script.js';

/**
 * Options of {@link RedisListProc}.
 *
 * @example
 * ```ts
 * super(redis, { schedule: 'huey.schedule.mail' }, 'huey.redis.mail');
 * ```
 *
 * @publicApi
 */
export interface RedisListOptions {
  /** The key of a sorted set whose scores are Unix seconds: members that are due count too. For Huey, `huey.schedule.<name>`. */
  readonly schedule?: string;
}

const REDIS_LIST: Omit<NamedQueues, 'locate'> = {
  baseClass: 'RedisListProc',
  script: REDIS_LIST_SCRIPT,
  metrics: ['size'],
  seesActive: false,
  unknownCure: 'That is as it should be while the list is empty; otherwise correct the key.',
};

/**
 * A proc over lists on Redis, from which HotQueue, Huey, Resque, or `BRPOP` by hand takes. All of them are read in one round trip,
 * on the client that the app has, and nothing is written.
 *
 * The size is the length of the lists. An entry that was taken is nowhere: a proc must set `{ skipActive: true }`. Entries have no
 * time, so there is no latency. A `keyPrefix` of an ioredis client applies, as it does to the app's commands.
 *
 * @example
 * Below `@HireFireProc('worker', { skipActive: true })`:
 * ```ts
 * export class WorkerProc extends RedisListProc {
 *   constructor(@Inject(REDIS) redis: Redis) {
 *     super(redis, 'hotqueue:mail', 'resque:queue:images');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class RedisListProc extends QueueProc<string> {
  /**
   * @param redis - the app's client, of ioredis or node-redis, or a function that returns it
   * @param keys - the keys of the lists that this process works on; options may stand before them
   * @throws HireFireConfigError without a client or a key, and for an unknown option
   */
  constructor(redis: Late<AppRedis>, ...keys: string[]);
  constructor(redis: Late<AppRedis>, options: RedisListOptions, ...keys: string[]);
  constructor(redis: Late<AppRedis>, ...args: (RedisListOptions | string)[]) {
    const [{ schedule }, names] = optionsAndNames<RedisListOptions>(new.target.name, ['schedule'], args);
    const locate: NamedQueues['locate'] = (key, keyPrefix) => ({
      key,
      // The client puts its prefix before keys, not before arguments. The first list alone counts the schedule.
      argument: schedule === undefined || key !== names[0] ? '' : keyPrefix + schedule,
    });
    const [backend, queues] = namedQueues(new.target.name, { ...REDIS_LIST, locate }, redis, names);
    super(...queues);
    this[HOLD](backend);
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}
