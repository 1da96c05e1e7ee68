/** Size and latency are what a walk over every job says, whatever happened to them. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { procsOf } from './run-cases.js';
import {
  can,
  type Ability,
  type Expected,
  type JobOptions,
  type JobsDriver,
  type TakenJob,
  type TestJob,
  type TestQueue,
} from './driver.js';

/** `npm run test:property` sets it to thousands. */
export const SEQUENCES = Number(process.env.PROPERTY_SEQUENCES ?? 60);

export type Operation =
  | { readonly do: 'add'; readonly options: JobOptions }
  | { readonly do: 'addMany'; readonly count: number; readonly options: JobOptions }
  | {
      readonly do:
        | ('take' | 'pause' | 'resume' | 'moveDueJobs' | 'moveStalledJobs' | 'retryAll')
        | ('complete' | 'fail' | 'stall' | 'promote' | 'remove' | 'retry');
      /** Of the jobs that it can happen to. */
      readonly which: number;
    }
  | { readonly do: 'pass'; readonly ms: number };

export const ms = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 51, max: 10_000 }));

/** Options of jobs, as far as the library knows them. */
function optionsOf(driver: Pick<JobsDriver<never>, 'abilities'>): fc.Arbitrary<JobOptions> {
  const backoff = fc.oneof(
    fc.constant(0),
    ms,
    fc.record({ type: fc.constantFrom('fixed', 'exponential', 'own'), delay: ms }),
  );
  return fc.record(
    {
      ...(can(driver, 'lifo') && { lifo: fc.boolean() }),
      ...(can(driver, 'priority') && { priority: fc.integer({ min: 1, max: 4 }) }),
      ...(can(driver, 'delay') && { delay: ms }),
      ...(can(driver, 'attempts') && { attempts: fc.integer({ min: 1, max: 4 }) }),
      ...(can(driver, 'back-off') && { backoff }),
    },
    { requiredKeys: [] },
  );
}

const which = fc.nat({ max: 20 });

/** Operations on jobs: how often each one happens, and the abilities that it needs. */
const OPERATIONS: readonly (readonly [
  weight: number,
  operation: Exclude<Operation['do'], 'add' | 'addMany' | 'pass'>,
  ...Ability[],
])[] = [
  [3, 'take'],
  [2, 'moveDueJobs', 'moves due jobs'],
  [3, 'complete'],
  [2, 'fail'],
  [1, 'promote', 'promote'],
  [1, 'remove', 'remove'],
  [1, 'retry', 'retry'],
  [1, 'stall', 'stall'],
  [1, 'pause', 'pause'],
  [1, 'resume', 'pause'],
  [1, 'moveStalledJobs', 'stall'],
  [1, 'retryAll', 'retry'],
];

function operationOf(driver: Pick<JobsDriver<never>, 'abilities'>): fc.Arbitrary<Operation> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('add' as const), options: optionsOf(driver) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms }) },
    ...OPERATIONS.filter(([, , ...needs]) => can(driver, ...needs)).map(([weight, name]) => ({
      weight,
      arbitrary: fc.record({ do: fc.constant(name), which }),
    })),
  );
}

/** Performs operations on a queue, and holds the jobs that it took. */
class Hands {
  readonly #taken: TakenJob[] = [];

  constructor(
    private readonly queue: TestQueue,
    private readonly pass: (ms: number) => unknown,
  ) {}

  async perform(operation: Operation): Promise<unknown> {
    const { queue } = this;
    switch (operation.do) {
      case 'add':
        return queue.add(operation.options);
      case 'addMany':
        return queue.addMany(operation.count, operation.options);
      case 'pass':
        return this.pass(operation.ms);
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

export function property<Q>(
  driver: JobsDriver<Q>,
  sequences: readonly {
    readonly what: string;
    readonly count: number;
    readonly of: fc.Arbitrary<readonly Operation[]>;
  }[] = [
    {
      what: 'random sequences of operations',
      count: driver.sequences ?? SEQUENCES,
      of: fc.array(operationOf(driver), { minLength: 5, maxLength: 30 }),
    },
  ],
): void {
  const clock = driver.clock();
  const { Worker, Lean } = procsOf(driver);

  async function measured({ queue }: TestQueue<Q>): Promise<Expected> {
    const worker = new Worker(queue);
    const [sizeWithoutActive, size, latency] = await Promise.all([
      new Lean(queue).quantity(),
      can(driver, 'active') ? worker.quantity() : NaN,
      can(driver, 'latency') ? worker.latency() : NaN,
    ]);
    return { size, sizeWithoutActive, latency };
  }

  /** Jobs become due and older while we look, unless the broker's clock is stopped. */
  async function agrees(queue: TestQueue<Q>): Promise<void> {
    for (;;) {
      const before = await queue.expected();
      const found = await measured(queue);
      const after = can(driver, 'stopped clock') ? before : await queue.expected();
      if (before.sizeWithoutActive === after.sizeWithoutActive && before.size === after.size) {
        expect(found).toEqual({
          size: can(driver, 'active') ? before.size : NaN,
          sizeWithoutActive: before.sizeWithoutActive,
          latency: !can(driver, 'latency') ? NaN : before.latency === after.latency ? before.latency : found.latency,
        });
        if (can(driver, 'latency') && before.latency !== after.latency) {
          expect(found.latency).toBeGreaterThanOrEqual(before.latency);
          expect(found.latency).toBeLessThanOrEqual(after.latency);
        }
        return;
      }
    }
  }

  describe('size and latency are what a walk over every job says', () => {
    it.each(sequences)(
      'after each step of $count $what',
      async ({ count, of }) => {
        const queue = driver.open();
        await fc.assert(
          fc.asyncProperty(of, async (operations) => {
            await queue.empty();
            const hands = new Hands(queue, clock.pass);
            for (const operation of operations) {
              await hands.perform(operation);
              await agrees(queue);
            }
          }),
          { numRuns: count },
        );
      },
      3_600_000,
    );
  });
}
