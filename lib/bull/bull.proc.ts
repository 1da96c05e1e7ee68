import type { Queue } from 'bull';
import { bullFamily, type BullFamilyLibrary, type BullFamilyQueue } from '../bull-family/bull-family.js';
import { BackendProc } from '../procs/backend-proc.js';
import { BULL_SCRIPT } from './bull.script.js';

/** The members are looked at before they are trusted: a queue can be a test's double. */
interface BullQueue extends BullFamilyQueue {
  readonly waitUntilReady?: unknown;
  readonly isReady?: unknown;
  readonly clientInitialized?: unknown;
  readonly client?: unknown;
}

const BULL: BullFamilyLibrary<BullQueue> = {
  name: 'Bull',
  nestModule: '@nestjs/bull',
  script: BULL_SCRIPT,
  other: 'BullMQ',
  // A mock of anything has both.
  isOfTheOther: ({ waitUntilReady, isReady }) => typeof waitUntilReady === 'function' && typeof isReady !== 'function',
  // A lazy queue has no client yet, and would make one.
  clientAtHand: (queue) => (queue.clientInitialized === true ? queue.client : undefined),
  client: (queue) => queue.client,
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
 * ```ts
 * @HireFireProc('worker')
 * export class WorkerProc extends BullProc {
 *   constructor(@InjectQueue('mail') mail: Queue, @InjectQueue('images') images: Queue) {
 *     super(mail, images);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class BullProc extends BackendProc<Queue> {
  /**
   * @param queues - the queues that this process works on
   * @throws HireFireConfigError without a queue, for one that is missing, and for a queue of BullMQ
   */
  constructor(...queues: Queue[]) {
    super(bullFamily(BULL), queues);
  }
}
