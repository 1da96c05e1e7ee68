/** What a poll costs, in ms until it is answered. */
import type { Metric } from 'nestjs-hirefire';
import type { Backend, Reads, Store } from './backends.js';
import { compare, type Cost } from './compare.js';
import type { Row } from './table.js';

const QUEUES = [1, 10, 100];
const JOBS_PER_QUEUE = 10;
const LIMITS = { time: 1_000, iterations: 10, warmupTime: 500, warmupIterations: 5 };

export async function measurePolls(backend: Backend): Promise<Row[]> {
  const rows: Row[] = [];
  const store = await backend.start(Math.max(...QUEUES));
  try {
    for (let queue = 0; queue < Math.max(...QUEUES); queue++) {
      await store.add(queue, JOBS_PER_QUEUE);
    }
    for (const backlog of [0, backend.backlog]) {
      await store.add(0, backlog);
      for (const queues of QUEUES) {
        for (const metric of ['size', 'latency'] as const) {
          const jobs = queues * JOBS_PER_QUEUE + backlog;
          const { floor, ...others } = await costsOf(store, metric, queues, backlog);
          if (floor) {
            process.stderr.write(`${backend.name}: ${metric} of ${queues} queues with ${jobs} jobs\n`);
            const of = [backend.name, metric, `${queues}`, jobs.toLocaleString('en-US')];
            rows.push({ of, unit: 'ms', ...(await compare(floor, others, LIMITS)) });
          }
        }
      }
    }
  } finally {
    await store.stop();
  }
  return rows;
}

/** @throws Error when somebody answers a wrong number */
async function costsOf(store: Store, metric: Metric, queues: number, backlog: number): Promise<Record<string, Cost>> {
  const { floor, byHand, peers, most = Infinity } = store;
  const proc = store.proc(queues);
  const ours: Reads = { size: async () => proc.quantity(), latency: async () => proc.latency?.() ?? NaN };
  const sizeUpTo = (limit: number) => Math.min(JOBS_PER_QUEUE + backlog, limit) + (queues - 1) * JOBS_PER_QUEUE;
  const right = metric === 'size' ? sizeUpTo(most) : await floor.latency?.(queues);
  const costs: Record<string, Cost> = {};
  for (const [name, reads] of Object.entries({ floor, 'this package': ours, 'by hand': byHand, ...peers })) {
    const read = reads?.[metric];
    if (!read || right === undefined) {
      continue;
    }
    const answer = await read(queues);
    // Between two latencies some time passes; what has no limit counts all.
    if (!(Math.abs(answer - right) < 1) && !(metric === 'size' && answer === sizeUpTo(Infinity))) {
      throw new Error(`${name} answers a ${metric} of ${answer} where ${right} is right`);
    }
    costs[name] = async () => {
      const start = performance.now();
      await read(queues);
      return performance.now() - start;
    };
  }
  return costs;
}
