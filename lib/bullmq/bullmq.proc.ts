import type { Queue } from 'bullmq';
import type { BullFamilyLibrary, BullFamilyQueue } from '../bull-family/bull-family.js';
import { familyQueues } from '../bull-family/family-queues.js';
import { isObject, stringOf } from '../hirefire.unknown.js';
import type { QueueReading } from '../procs/backend.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { QUEUES_BY_NAME, type QueuesByName } from '../procs/queues-by-name.js';
import { clientAtHand, clientOf, type OwnerOfStore } from '../redis/clients/bullmq-client.js';
import { BULLMQ_EVENTS } from './bullmq-events.script.js';
import { BULLMQ_SCRIPT } from './bullmq.script.js';

/** The members are looked at before they are trusted: a queue can be a test's double. */
interface BullMQQueue extends BullFamilyQueue, OwnerOfStore {
  readonly getGroupJobs?: unknown;
}

const BULLMQ: BullFamilyLibrary<Queue> = {
  name: 'BullMQ',
  nestModule: '@nestjs/bullmq',
  script: BULLMQ_SCRIPT,
  events: BULLMQ_EVENTS,
  namesWorkers: true,
  method: 'waitUntilReady',
  other: 'Bull',
  otherMethod: 'isReady',
  refusal: (queue: BullMQQueue) => {
    // A mock of anything has both, and is reported when it is read.
    if (typeof queue.isReady === 'function') {
      return undefined;
    }
    const backend = queue.getBackend?.();
    if (isObject(backend) && !('client' in backend)) {
      return (
        `lives in another store than Redis, which can't be read. Give the class a quantity() of its own that asks this ` +
        `store, and let it extend Proc.`
      );
    }
    return typeof queue.getGroupJobs === 'function'
      ? `is a queue of BullMQ Pro, which keeps the jobs of its groups apart, where they can't be read. Give the class a ` +
          `quantity() of its own that asks this queue, and let it extend Proc.`
      : undefined;
  },
  clientAtHand,
  client: clientIfInstalled,
};

/** BullMQ 6 loads ioredis when a queue needs it, and does not bring it. */
async function clientIfInstalled(queue: BullMQQueue): Promise<unknown> {
  try {
    return await clientOf(queue);
  } catch (error) {
    throw (stringOf(error, 'message') ?? '').includes("could not load the optional 'ioredis'")
      ? new MeasureFailure('BullMQ needs ioredis, which is not installed: npm install ioredis', { cause: error })
      : error;
  }
}

/**
 * A proc over queues of BullMQ 5 or 6 on Redis. All of them are read in one round trip, on the connections they already
 * have, and nothing is written.
 *
 * The size is what waits, prioritized jobs included, plus delayed jobs that are due, plus what is active; a paused queue
 * counts what is active only, and a flow parent counts once its children are done. The latency is the age of the oldest job
 * that is ready: since it was added, since its delay was over, or since it was due again after a failure. It is 0 only when
 * nothing waits.
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends BullMQProc {
 *   constructor(@InjectQueue('mail') mail: Queue) {
 *     super(mail);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class BullMQProc extends QueueProc<Queue> {
  /** @internal */
  static readonly [QUEUES_BY_NAME] = true;
  /** @internal */
  readonly [QUEUES_BY_NAME]: QueuesByName;

  /**
   * @param queues - the queues that this process works on, or their names: a name is found in any module, when the app starts
   * @throws HireFireConfigError without a queue, for one that is missing, for a queue of Bull or BullMQ Pro, and for one of
   * BullMQ 6 that does not live on a Redis
   */
  constructor(...queues: (Queue | string)[]) {
    const { objects, backend, byName } = familyQueues(BULLMQ, new.target, queues);
    super(...objects);
    this[HOLD](backend);
    this[QUEUES_BY_NAME] = byName;
  }

  protected override read(...asked: ReadArguments<Queue>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}
