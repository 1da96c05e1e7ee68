import { afterAll, describe, expect, it } from '@jest/globals';
import type { Job, JobOptions, Queue } from 'bull';
import fc from 'fast-check';
import { BullProc } from '../../lib/bull/index.js';
import { HireFireProc } from '../../lib/index.js';
import { expectedOf, type Expected } from '../support/bull-oracle.js';
import { BullQueues, empty, fail, moveDueJobs, moveStalledJobs, retryAll, take } from '../support/bull-queues.js';
import { stoppedClock } from '../support/clock.js';

/** `npm run test:property` sets it to thousands. */
const SEQUENCES = Number(process.env.PROPERTY_SEQUENCES ?? 300);

@HireFireProc('worker')
class WorkerProc extends BullProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends BullProc {}

type Operation =
  | { readonly do: 'add'; readonly options: JobOptions }
  | { readonly do: 'addBulk'; readonly count: number; readonly options: JobOptions }
  | { readonly do: 'take' | 'pause' | 'resume' | 'moveDue' | 'moveStalled' | 'retryAll' }
  | { readonly do: 'complete' | 'fail' | 'stall' | 'promote' | 'remove' | 'retry'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number };

const ms = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 10_000 }));
const backoff = fc.oneof(
  fc.constant(undefined),
  ms,
  fc.record({ type: fc.constantFrom('fixed', 'exponential', 'own'), delay: ms }),
);
const anyOptions: fc.Arbitrary<JobOptions> = fc
  .record(
    {
      lifo: fc.boolean(),
      priority: fc.integer({ min: 1, max: 4 }),
      delay: ms,
      attempts: fc.integer({ min: 1, max: 4 }),
      backoff,
    },
    { requiredKeys: [] },
  )
  .map((options) => (options.backoff === undefined ? { ...options, backoff: 0 } : options));

const which = fc.nat({ max: 20 });
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), options: anyOptions }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('take' as const, 'moveDue' as const) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('complete' as const, 'fail' as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('promote' as const, 'remove' as const, 'retry' as const, 'stall' as const),
      which,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('pause' as const, 'resume' as const, 'moveStalled' as const, 'retryAll' as const),
    }),
  },
);

/** Longer than the list that is looked at job by job, in the shapes that such lists have in practice. */
const longBacklog: fc.Arbitrary<readonly Operation[]> = fc
  .record({
    count: fc.integer({ min: 120, max: 160 }),
    lifo: fc.boolean(),
    operations: fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), ms }) },
        {
          weight: 3,
          arbitrary: fc.record({ do: fc.constant('add' as const), priority: fc.integer({ min: 0, max: 5 }) }),
        },
        { weight: 2, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
      ),
      { minLength: 5, maxLength: 40 },
    ),
  })
  .map(({ count, lifo, operations }) => [
    { do: 'addBulk', count, options: { lifo } },
    ...operations.map((operation): Operation => {
      if (operation.do !== 'add') {
        return operation;
      }
      // A list is either LIFO or prioritized: what mixes both is found job by job only.
      return { do: 'add', options: lifo || operation.priority === 0 ? { lifo } : { priority: operation.priority } };
    }),
  ]);

/** A worker's hands: what it took, by which it completes and fails. */
class Worker {
  readonly #taken: Job[] = [];

  constructor(
    private readonly queue: Queue,
    private readonly pass: (ms: number) => void,
  ) {}

  async perform(operation: Operation): Promise<unknown> {
    const { queue } = this;
    switch (operation.do) {
      case 'add':
        return queue.add({}, operation.options);
      case 'addBulk':
        return queue.addBulk(Array.from({ length: operation.count }, () => ({ data: {}, opts: operation.options })));
      case 'pass':
        this.pass(operation.ms);
        return;
      case 'pause':
        return queue.pause();
      case 'resume':
        return queue.resume();
      case 'moveDue':
        return moveDueJobs(queue);
      case 'moveStalled':
        return moveStalledJobs(queue);
      case 'retryAll':
        return retryAll(queue);
      case 'take':
        return (await queue.client.llen(queue.toKey('wait'))) > 0 && this.#taken.push(await take(queue));
      case 'complete':
        return this.#release(operation.which)?.moveToCompleted('done', false, true);
      case 'fail': {
        const job = this.#release(operation.which);
        return job && fail(job).catch(() => undefined);
      }
      case 'stall':
        return this.#release(operation.which)?.releaseLock();
      case 'promote':
        return pick(await queue.getDelayed(), operation.which)?.promote();
      case 'retry':
        return pick(await queue.getFailed(), operation.which)?.retry();
      case 'remove':
        return pick([...(await queue.getWaiting()), ...(await queue.getDelayed())], operation.which)?.remove();
    }
  }

  #release(which: number): Job | undefined {
    return this.#taken.splice(which % Math.max(this.#taken.length, 1), 1)[0];
  }
}

function pick(jobs: readonly Job[], which: number): Job | undefined {
  return jobs[which % Math.max(jobs.length, 1)];
}

const queues = new BullQueues();
afterAll(() => queues.close());

const clock = stoppedClock();

async function measured(queue: Queue): Promise<Expected> {
  const worker = new WorkerProc(queue);
  const [size, latency, sizeWithoutActive] = await Promise.all([
    worker.quantity(),
    worker.latency(),
    new LeanProc(queue).quantity(),
  ]);
  return { size, sizeWithoutActive, latency };
}

async function agreesThroughout(queue: Queue, operations: readonly Operation[]): Promise<void> {
  await empty(queue);
  const worker = new Worker(queue, clock.pass);
  for (const operation of operations) {
    await worker.perform(operation);
    expect(await measured(queue)).toEqual(await expectedOf(queue));
  }
}

describe('size and latency are what a walk over every job says', () => {
  const settings = { backoffStrategies: { own: () => 700 } };

  it(`after each step of ${SEQUENCES} random sequences of operations`, async () => {
    const queue = queues.create({ settings });
    await fc.assert(
      fc.asyncProperty(fc.array(anyOperation, { minLength: 5, maxLength: 30 }), (operations) =>
        agreesThroughout(queue, operations),
      ),
      { numRuns: SEQUENCES },
    );
  }, 3_600_000);

  it(`in ${Math.ceil(SEQUENCES / 15)} long backlogs, which are not walked`, async () => {
    const queue = queues.create({ settings });
    await fc.assert(
      fc.asyncProperty(longBacklog, (operations) => agreesThroughout(queue, operations)),
      { numRuns: Math.ceil(SEQUENCES / 15) },
    );
  }, 3_600_000);
});
