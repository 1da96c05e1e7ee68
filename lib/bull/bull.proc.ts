import type { Queue } from 'bull';
import type { BullFamilyLibrary, BullFamilyQueue } from '../bull-family/bull-family.js';
import { familyQueues } from '../bull-family/family-queues.js';
import type { QueueReading } from '../procs/backend.js';
import { ASK, HOLD, QueueProc, type ReadArguments } from '../procs/queue-proc.js';
import { QUEUES_BY_NAME, type QueuesByName } from '../procs/queues-by-name.js';
import { BULL_SCRIPT } from './bull.script.js';

/** The members are looked at before they are trusted: a queue can be a test's double. */
interface BullQueue extends BullFamilyQueue {
  readonly clientInitialized?: unknown;
  readonly client?: unknown;
}

const BULL: BullFamilyLibrary<Queue> = {
  name: 'Bull',
  nestModule: '@nestjs/bull',
  script: BULL_SCRIPT,
  method: 'isReady',
  other: 'BullMQ',
  otherMethod: 'waitUntilReady',
  // A lazy queue has no client yet, and would make one.
  clientAtHand: (queue: BullQueue) => (queue.clientInitialized === true ? queue.client : undefined),
  client: (queue: BullQueue) => queue.client,
};

/**
 * A proc over queues of Bull 4. All of them are read in one round trip, on the connections they already have, and
 * nothing is written.
 *
 * The size is what waits, prioritized and rate-limited jobs included, plus delayed jobs that are due, plus what is
 * active; a paused queue counts what is active only. The latency is the age of the oldest job that is ready: since it
 * was added, since its delay was over, or since it was due again after a failure. It is 0 only when nothing waits.
 *
 * @example
 * Below `@HireFireProc('worker')`:
 * ```ts
 * export class WorkerProc extends BullProc {
 *   constructor(@InjectQueue('mail') mail: Queue) {
 *     super(mail);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class BullProc extends QueueProc<Queue> {
  /** @internal */
  static readonly [QUEUES_BY_NAME] = true;
  /** @internal */
  readonly [QUEUES_BY_NAME]: QueuesByName;

  /**
   * @param queues - the queues that this process works on, or their names: a name is found in any module, when the app starts
   * @throws HireFireConfigError without a queue, for one that is missing, and for a queue of BullMQ
   */
  constructor(...queues: (Queue | string)[]) {
    const { objects, backend, byName } = familyQueues(BULL, new.target, queues);
    super(...objects);
    this[HOLD](backend);
    this[QUEUES_BY_NAME] = byName;
  }

  protected override read(...asked: ReadArguments<Queue>): Promise<readonly QueueReading[]> {
    return this[ASK](...asked);
  }
}
