import type { QueueReading } from '../procs/backend.js';
import type { Late } from '../procs/late.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { namedQueues, type AppRedis, type NamedQueues } from '../redis/named-queues.js';
import { RQ_SCRIPT } from './rq.script.js';

const RQ: NamedQueues = {
  baseClass: 'RQProc',
  script: RQ_SCRIPT,
  insteadOfKeyPrefix: `Give it a client without one: RQ's keys begin with "rq:", always.`,
  locate: (name) => ({ key: `rq:queue:${name}`, argument: name }),
  unknownCure: 'Correct the name, unless no job was ever enqueued there.',
};

/**
 * A proc over queues of Python's RQ 1 or 2. All of them are read in one round trip, on the client that the app has, and nothing
 * is written.
 *
 * The size is the queued jobs, plus scheduled jobs that are due, whether or not a scheduler runs, plus the jobs that workers have
 * started. Deferred, finished, failed and canceled jobs do not count, nor do the jobs of a dead worker, unless they will be
 * retried. After `rq suspend`, only started jobs count. The latency is the age of the oldest job that is ready: since it was
 * enqueued, or since it was due.
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends RQProc {
 *   constructor(@Inject(REDIS) redis: Redis) {
 *     super(redis, 'high', 'default', 'low');
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class RQProc extends QueueProc<string> {
  /**
   * @param redis - the app's client, of ioredis or node-redis, or a function that returns it, on the Redis and database of the workers
   * @param queues - the names of the queues that this process works on, as in `rq worker high default low`
   * @throws HireFireConfigError without a client or a queue, and for a client with a `keyPrefix`
   */
  constructor(redis: Late<AppRedis>, ...queues: string[]) {
    const [backend, names] = namedQueues(new.target.name, RQ, redis, queues);
    super(...names);
    this[HOLD](backend);
  }

  protected override read(...asked: ReadArguments<string>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}
