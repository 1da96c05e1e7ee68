import type { QueueReading } from '../procs/backend.js';
import { optionsAndNames } from '../procs/queue-names.js';
import type { Late } from '../procs/late.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { namedQueues, type AppRedis, type NamedQueues } from '../redis/named-queues.js';
import { SIDEKIQ_SCRIPT } from './sidekiq.script.js';

/**
 * Options of {@link SidekiqProc}.
 *
 * @example
 * ```ts
 * super(redis, { namespace: 'app' }, 'default');
 * ```
 *
 * @publicApi
 */
export interface SidekiqOptions {
  /** The namespace of redis-namespace, as in Ruby's `namespace: 'app'`; none by default. */
  readonly namespace?: string;
}

const SIDEKIQ: Omit<NamedQueues, 'locate'> = {
  baseClass: 'SidekiqProc',
  script: SIDEKIQ_SCRIPT,
  insteadOfKeyPrefix: `Give it a client without one, and a namespace of Sidekiq as in super(redis, { namespace: 'app' }, 'default').`,
  oddEntry: 'names no queue: it counts for every queue until a Sidekiq process takes it off',
  unknownCure: 'Correct the name, unless no job was ever pushed there.',
};

/**
 * A proc over queues of Ruby's Sidekiq 6, 7 or 8. All of them are read in one round trip, on the client that the app has, and
 * nothing is written.
 *
 * The size is the enqueued jobs, plus scheduled jobs and retries that are due, plus the jobs that processes are working on; the dead
 * set does not count. Of a queue that Sidekiq Pro has paused, only the latter count. The latency is the age of the oldest job that
 * is ready: since it was enqueued, or since it was due.
 *
 * A Sidekiq process writes its jobs with its heartbeat: every 5 seconds, and every 10 since version 7. A job that it has just taken
 * is nowhere until then.
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends SidekiqProc {
 *   constructor(@Inject(REDIS) redis: Redis) {
 *     super(redis, 'critical', 'default');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class SidekiqProc extends QueueProc<string> {
  /**
   * @param redis - the app's client, of ioredis or node-redis, or a function that returns it, on the Redis and database of the workers
   * @param queues - the names of the queues that this process works on; options may stand before them
   * @throws HireFireConfigError without a client or a queue, for a client with a `keyPrefix`, and for an unknown option
   */
  constructor(redis: Late<AppRedis>, ...queues: string[]);
  constructor(redis: Late<AppRedis>, options: SidekiqOptions, ...queues: string[]);
  constructor(redis: Late<AppRedis>, ...args: (SidekiqOptions | string)[]) {
    const [{ namespace }, names] = optionsAndNames<SidekiqOptions>(new.target.name, ['namespace'], args);
    const prefix = namespace === undefined ? '' : `${namespace}:`;
    const locate: NamedQueues['locate'] = (name) => ({ key: `${prefix}queue:${name}`, argument: name });
    const [backend, queues] = namedQueues(new.target.name, { ...SIDEKIQ, locate }, redis, names);
    super(...queues);
    this[HOLD](backend);
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}
