/** The trace keeps within the bounds that real workers note themselves. */
import { afterAll, expect, it } from '@jest/globals';
import { FlowProducer, Worker, type Job, type JobsOptions, type Queue } from 'bullmq';
import fc from 'fast-check';
import { setTimeout as work } from 'node:timers/promises';
import { redisAccess } from '../support/file-redis.js';
import { BullMQDriver } from './bullmq-driver.js';
import { EPOCH, traced } from './traced.js';

const driver = new BullMQDriver();
afterAll(() => driver.close());

const RUNS = Math.ceil(Number(process.env.PROPERTY_SEQUENCES ?? 60) / 20);

/** Epoch ms between which something happened. */
type Bounds = readonly [earliest: number, latest: number];

async function timed<T>(action: () => Promise<T>): Promise<readonly [T, Bounds]> {
  const earliest = Date.now();
  const result = await action();
  return [result, [earliest, Date.now()]];
}

interface Task {
  readonly ms: number;
  readonly failures: number;
}

interface Noted {
  readonly job: string;
  readonly taken: number;
  readonly started: number;
  ended: number;
  /** When Redis knew that it had ended. */
  known: number;
}

/** A worker of which each job says how long it takes, and how often it fails. */
class NotingWorker {
  readonly runs: Noted[] = [];
  readonly #worker: Worker;
  #wake: () => void = () => undefined;

  constructor(queue: string) {
    this.#worker = new Worker<Task>(queue, (job) => this.#process(job), {
      connection: { ...redisAccess() },
      concurrency: 2,
    });
    this.#worker.on('completed', (job) => this.#know(job));
    this.#worker.on('failed', (job) => this.#know(job));
    this.#worker.on('error', () => undefined);
  }

  async until(count: number): Promise<void> {
    while (this.runs.filter(({ known }) => known > 0).length < count) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): Promise<void> {
    return this.#worker.close();
  }

  async #process(job: Job<Task>): Promise<void> {
    const noted = { job: `${job.id}`, taken: job.processedOn ?? NaN, started: Date.now(), ended: 0, known: 0 };
    this.runs.push(noted);
    await work(job.data.ms);
    noted.ended = Date.now();
    if (job.attemptsMade < job.data.failures) {
      throw new Error('fails by design');
    }
  }

  #know(job: Job | undefined): void {
    const run = this.runs.findLast((one) => one.job === job?.id);
    if (run) {
      run.known = Date.now();
    }
    this.#wake();
  }
}

type Kind =
  'plain' | 'priority' | 'lifo' | 'delayed' | 'promoted' | 'retried' | 'backed off' | 'failed' | 'parent' | 'paused';

const OPTIONS: Readonly<Partial<Record<Kind, JobsOptions>>> = {
  priority: { priority: 3 },
  lifo: { lifo: true },
  delayed: { delay: 40 },
  promoted: { delay: 3_600_000 },
  retried: { attempts: 2 },
  'backed off': { attempts: 2, backoff: { type: 'fixed', delay: 30 } },
};

/** When each first run of a job is ready, and by how much a second one is after the end of the first. */
interface Plan {
  readonly ready: Map<string, Bounds>;
  readonly backOff: Map<string, number>;
  readonly parents: Map<string, string>;
  readonly pauses: (readonly [paused: Bounds, resumed: Bounds])[];
  runs: number;
}

async function play(queue: Queue, kind: Kind, ms: number, plan: Plan): Promise<void> {
  const failures = kind === 'retried' || kind === 'backed off' || kind === 'failed' ? 1 : 0;
  const add = (): Promise<Job> =>
    queue.add('test', { ms, failures }, { removeOnComplete: true, removeOnFail: true, ...OPTIONS[kind] });
  if (kind === 'parent') {
    const flow = new FlowProducer({ connection: { ...redisAccess() } });
    const child = { name: 'child', queueName: queue.name, data: { ms, failures } };
    const [{ job, children = [] }, added] = await timed(() =>
      flow.add({ ...child, name: 'parent', children: [child] }),
    );
    for (const { job: one } of children) {
      plan.ready.set(`${one.id}`, added);
      plan.parents.set(`${job.id}`, `${one.id}`);
    }
    plan.runs += 2;
    await flow.close();
    return;
  }
  if (kind === 'paused') {
    const [, paused] = await timed(() => queue.pause());
    const [job, added] = await timed(add);
    const [, resumed] = await timed(() => queue.resume());
    plan.ready.set(`${job.id}`, added);
    plan.pauses.push([paused, resumed]);
    plan.runs += 1;
    return;
  }
  const [job, added] = await timed(add);
  const due = job.timestamp + job.delay;
  const ready = kind === 'promoted' ? (await timed(() => job.promote()))[1] : added;
  plan.ready.set(`${job.id}`, kind === 'delayed' ? [due, Math.max(due, added[1])] : ready);
  plan.backOff.set(`${job.id}`, kind === 'backed off' ? 30 : 0);
  plan.runs += kind === 'retried' || kind === 'backed off' ? 2 : 1;
}

/** The bounds of each run's time to be ready, and of the ms that it took. */
function boundsOf(runs: readonly Noted[], plan: Plan): readonly { readonly ready: Bounds; readonly took: Bounds }[] {
  const end = (run: Noted | undefined, later = 0): Bounds => [(run?.ended ?? NaN) + later, (run?.known ?? NaN) + later];
  return runs.map((run, index) => {
    const { job, taken, started, ended, known } = run;
    const earlier = runs.slice(0, index).findLast((one) => one.job === job);
    const child = runs.find((one) => one.job === plan.parents.get(job));
    const first = child ? end(child) : (plan.ready.get(job) ?? [NaN, NaN]);
    const base = earlier ? end(earlier, plan.backOff.get(job)) : first;
    const readyAfter = (isBefore: (paused: number) => boolean): Bounds => {
      const pause = plan.pauses.findLast(([paused, resumed]) => isBefore(paused[1]) && base[0] <= resumed[1]);
      return pause ? [Math.max(base[0], pause[1][0]), Math.max(base[1], pause[1][1])] : base;
    };
    // Taken in the very millisecond of a pause, before it or after it.
    const [before, after] = [readyAfter((paused) => paused < taken), readyAfter((paused) => paused <= taken)];
    const ready: Bounds = [Math.min(before[0], after[0]), Math.max(before[1], after[1])];
    return { ready, took: [ended - started, known - taken] };
  });
}

const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b);

/** If each of them is within its bounds, so are they in order. */
function expectWithin(numbers: readonly number[], bounds: readonly Bounds[]): void {
  const earliest = sorted(bounds.map(([low]) => low));
  const latest = sorted(bounds.map(([, high]) => high));
  expect(numbers).toHaveLength(bounds.length);
  expect(
    sorted(numbers).filter(
      (number, index) => !(number >= (earliest[index] ?? NaN) && number <= (latest[index] ?? NaN)),
    ),
  ).toEqual([]);
}

const KIND = fc.constantFrom<Kind>(
  ...([
    'plain',
    'plain',
    'priority',
    'lifo',
    'delayed',
    'promoted',
    'retried',
    'backed off',
    'failed',
    'parent',
    'paused',
  ] as const),
);

it('jobs of every kind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(KIND, fc.integer({ min: 0, max: 20 })), { minLength: 8, maxLength: 20 }),
      async (jobs) => {
        const tested = driver.open();
        const worker = new NotingWorker(tested.name);
        const plan: Plan = { ready: new Map(), backOff: new Map(), parents: new Map(), pauses: [], runs: 0 };
        for (const [kind, ms] of jobs) {
          await play(tested.queue, kind, ms, plan);
        }
        await worker.until(plan.runs);
        await worker.close();

        const { start, jobs: runs = [], waiting, dropped } = await traced(tested);
        const bounds = boundsOf(worker.runs, plan);
        expect({ waiting, dropped }).toEqual({ waiting: 0, dropped: 0 });
        expectWithin(
          runs.map(([ready]) => Math.round(ready * 1000 + start + EPOCH)),
          bounds.map(({ ready }) => ready),
        );
        expectWithin(
          runs.map(([, took]) => Math.round(took * 1000)),
          bounds.map(({ took }) => took),
        );
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
});
