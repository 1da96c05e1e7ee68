/** The cost of a poll: milliseconds until ten queues are read, one of which has a large backlog. */
import type { Metric, Proc } from 'nestjs-hirefire';
import { compare, type Comparison, type Cost } from './compare.js';

export const NAMES = Array.from({ length: 10 }, (_, index) => `bench-${index}`);
const JOBS_PER_QUEUE = 10;
export const LIMITS = { time: 1_000, iterations: 10, warmupTime: 500, warmupIterations: 5 };

/** Reads all queues; the latency in seconds. */
export type Reads = Readonly<Record<Metric, () => Promise<number>>>;

/** A server with empty queues, opened as an app does. */
export interface Store {
  /** Adds jobs to the queue with that index, as the library does; no worker takes them. */
  add(queue: number, jobs: number): Promise<unknown>;
  /** Over all queues. */
  readonly proc: Proc;
  /** The least work: bare commands or one statement, over one connection. */
  readonly floor: Reads;
  /** The library's API. */
  readonly byHand?: Partial<Reads> | undefined;
  stop(): Promise<unknown>;
}

export interface Backend {
  readonly name: string;
  readonly backlog: number;
  /** Jobs counted of a queue at most. */
  readonly most: number;
  readonly start: () => Promise<Store>;
}

export async function measurePolls({ name, backlog, most, start }: Backend): Promise<Comparison[]> {
  const store = await start();
  try {
    for (const index of NAMES.keys()) {
      await store.add(index, JOBS_PER_QUEUE + (index === 0 ? backlog : 0));
    }
    const jobs = backlog + NAMES.length * JOBS_PER_QUEUE;
    const sizes = [jobs, Math.min(JOBS_PER_QUEUE + backlog, most) + (NAMES.length - 1) * JOBS_PER_QUEUE];
    const rows: Comparison[] = [];
    for (const metric of ['size', 'latency'] as const) {
      const costs = await costsOf(store, metric, metric === 'size' ? sizes : [await store.floor.latency()]);
      rows.push(await compare([name, metric, jobs.toLocaleString('en-US')], 'ms', costs, LIMITS));
    }
    return rows;
  } finally {
    await store.stop();
  }
}

/** @throws Error where an answer is none of the right ones */
async function costsOf({ proc, floor, byHand }: Store, metric: Metric, right: readonly number[]) {
  const ours: Reads = { size: async () => proc.quantity(), latency: async () => proc.latency?.() ?? NaN };
  const costOf = async (read: () => Promise<number>): Promise<Cost> => {
    const answer = await read();
    // Some time passes between two latencies.
    if (!right.some((value) => Math.abs(answer - value) < 1)) {
      throw new Error(`the ${metric} is ${answer}, not ${right.join(' or ')}`);
    }
    return async () => {
      const start = performance.now();
      await read();
      return performance.now() - start;
    };
  };
  const api = byHand?.[metric];
  return {
    floor: await costOf(floor[metric]),
    'this package': await costOf(ours[metric]),
    ...(api && { 'by hand': await costOf(api) }),
  };
}
