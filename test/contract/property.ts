/** Size and latency are what a walk over every job says, whatever happened to them. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stoppedClock } from '../support/clock.js';
import { procsOf } from './cases.js';
import type { BackendDriver, Expected, JobOptions, TakenJob, TestJob, TestQueue } from './driver.js';

/** `npm run test:property` sets it to thousands. */
const SEQUENCES = Number(process.env.PROPERTY_SEQUENCES ?? 150);

type Operation =
  | { readonly do: 'add'; readonly options: JobOptions }
  | { readonly do: 'addMany'; readonly count: number; readonly options: JobOptions }
  | { readonly do: 'take' | 'pause' | 'resume' | 'moveDueJobs' | 'moveStalledJobs' | 'retryAll' }
  | { readonly do: 'complete' | 'fail' | 'stall' | 'promote' | 'remove' | 'retry'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number };

const ms = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 10_000 }));
const anyOptions: fc.Arbitrary<JobOptions> = fc.record(
  {
    lifo: fc.boolean(),
    priority: fc.integer({ min: 1, max: 4 }),
    delay: ms,
    attempts: fc.integer({ min: 1, max: 4 }),
    backoff: fc.oneof(
      fc.constant(0),
      ms,
      fc.record({ type: fc.constantFrom('fixed', 'exponential', 'own'), delay: ms }),
    ),
  },
  { requiredKeys: [] },
);

const which = fc.nat({ max: 20 });
const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), options: anyOptions }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('take' as const, 'moveDueJobs' as const) }) },
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
      do: fc.constantFrom('pause' as const, 'resume' as const, 'moveStalledJobs' as const, 'retryAll' as const),
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
    { do: 'addMany', count, options: { lifo } },
    ...operations.map((operation): Operation => {
      if (operation.do !== 'add') {
        return operation;
      }
      // A list is either LIFO or prioritized: what mixes both is found job by job only.
      return { do: 'add', options: lifo || operation.priority === 0 ? { lifo } : { priority: operation.priority } };
    }),
  ]);

/** Performs operations on a queue, and holds the jobs that it took. */
class Hands {
  readonly #taken: TakenJob[] = [];

  constructor(
    private readonly queue: TestQueue<unknown>,
    private readonly pass: (ms: number) => void,
  ) {}

  async perform(operation: Operation): Promise<unknown> {
    const { queue } = this;
    switch (operation.do) {
      case 'add':
        return queue.add(operation.options);
      case 'addMany':
        return queue.addMany(operation.count, operation.options);
      case 'pass':
        this.pass(operation.ms);
        return;
      case 'take': {
        const job = await queue.take();
        return job && this.#taken.push(job);
      }
      case 'complete':
        return this.#release(operation.which)?.complete();
      case 'fail':
        // With a stalled job that somebody else has by now.
        return this.#release(operation.which)
          ?.fail()
          .catch(() => undefined);
      case 'stall':
        return this.#release(operation.which)?.stall();
      case 'promote':
        return pick(await queue.jobs('delayed'), operation.which)?.promote();
      case 'retry':
        return pick(await queue.jobs('failed'), operation.which)?.retry();
      case 'remove':
        return pick([...(await queue.jobs('waiting')), ...(await queue.jobs('delayed'))], operation.which)?.remove();
      default:
        return queue[operation.do]();
    }
  }

  #release(which: number): TakenJob | undefined {
    return this.#taken.splice(which % Math.max(this.#taken.length, 1), 1)[0];
  }
}

function pick(jobs: readonly TestJob[], which: number): TestJob | undefined {
  return jobs[which % Math.max(jobs.length, 1)];
}

export function property<Q>(driver: BackendDriver<Q>): void {
  const clock = stoppedClock();
  const { Worker, Lean } = procsOf(driver);

  async function measured({ queue }: TestQueue<Q>): Promise<Expected> {
    const worker = new Worker(queue);
    const [size, latency, sizeWithoutActive] = await Promise.all([
      worker.quantity(),
      worker.latency(),
      new Lean(queue).quantity(),
    ]);
    return { size, sizeWithoutActive, latency };
  }

  async function agreesThroughout(queue: TestQueue<Q>, operations: readonly Operation[]): Promise<void> {
    await queue.empty();
    const hands = new Hands(queue, clock.pass);
    for (const operation of operations) {
      await hands.perform(operation);
      expect(await measured(queue)).toEqual(await queue.expected());
    }
  }

  describe('size and latency are what a walk over every job says', () => {
    it.each([
      {
        what: 'random sequences of operations',
        sequences: SEQUENCES,
        of: fc.array(anyOperation, { minLength: 5, maxLength: 30 }),
      },
      { what: 'long backlogs, which are not walked', sequences: Math.ceil(SEQUENCES / 15), of: longBacklog },
    ])(
      'after each step of $sequences $what',
      async ({ sequences, of }) => {
        const queue = driver.open();
        await fc.assert(
          fc.asyncProperty(of, (operations) => agreesThroughout(queue, operations)),
          { numRuns: sequences },
        );
      },
      3_600_000,
    );
  });
}
