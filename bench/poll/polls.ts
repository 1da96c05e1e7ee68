/** Runs the plan: a Redis for each library, filled step by step, and a process for each set-up and link. */
import { Redis } from 'ioredis';
import { RedisServer } from '../../tools/redis-server.js';
import { Child } from '../support/child.js';
import { addBacklog, addWaiting } from './backlog.js';
import { Fleet } from './fleet.js';
import { withLibrary, type BenchQueue, type Library } from './libraries.js';
import {
  DELAY,
  isMeasured,
  JOBS_OF_OTHERS,
  LINKS,
  SET_UPS,
  variantsOf,
  type Backlog,
  type Case,
  type LibraryName,
  type Plan,
} from './plan.js';
import { Poller, type PollReport, type PollTask } from './poller.js';

export interface CaseResult extends Case, PollReport {}

const HOST = '127.0.0.1';
const AN_HOUR = 3_600_000;
/** The oldest job of a queue without a backlog is that many ms younger than the backlog's. */
const YOUNGER = 60_000;

/** @param onCase - told before each measurement */
export async function measurePolls(plan: Plan, onCase: (one: Case) => void): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const library of plan.libraries) {
    results.push(...(await withLibrary(library, (one) => measureLibrary(library, one, plan, onCase))));
  }
  return results;
}

async function measureLibrary<Q extends BenchQueue>(
  name: LibraryName,
  library: Library<Q>,
  plan: Plan,
  onCase: (one: Case) => void,
): Promise<CaseResult[]> {
  const server = await RedisServer.start();
  const redis = new Redis({ host: HOST, port: server.port, maxRetriesPerRequest: null, enableReadyCheck: false });
  redis.setMaxListeners(0);
  const proxy = new Child<number>('poll/delay-process.ts', { args: [`${server.port}`, `${DELAY}`] });
  let pollers: { readonly poller: Poller; readonly of: Pick<Case, 'library' | 'setUp' | 'link'> }[] = [];
  try {
    const ports = { loopback: server.port, delayed: await proxy.next() };
    const circumstances = LINKS.flatMap((link) => SET_UPS.map((setUp) => ({ library: name, setUp, link })));
    pollers = await Promise.all(
      circumstances.map(async (of) => ({
        poller: await Poller.start(name, of.setUp, ports[of.link], server.port),
        of,
      })),
    );
    const results: CaseResult[] = [];
    for (const backlog of plan.backlogs) {
      const asked = pollers.filter(({ of }) => isMeasured(plan, { ...of, backlog: backlog.name }));
      if (asked.length === 0) {
        continue;
      }
      const queues = new Queues(library, redis, name, backlog);
      await queues.fill();
      for (const count of plan.counts) {
        const expected = await queues.grow(count);
        for (const { poller, of } of asked) {
          const one: Case = { ...of, backlog: backlog.name, queues: count };
          onCase(one);
          const budget = count < 1_000 ? plan.budget : plan.longBudget;
          const task: PollTask = { queues: count, variants: variantsOf(plan, one), expected, budget };
          results.push({ ...one, ...(await poller.measure(task)) });
        }
      }
    }
    return results;
  } finally {
    await Promise.all([...pollers.map(({ poller }) => poller.stop()), proxy.stop()]);
    redis.disconnect();
    await server.stop();
  }
}

/** The queues that are polled, as they are filled. */
class Queues<Q extends BenchQueue> {
  readonly #oldest = Date.now() - AN_HOUR;
  #filled = 1;

  constructor(
    private readonly library: Library<Q>,
    private readonly redis: Redis,
    private readonly name: LibraryName,
    private readonly backlog: Backlog,
  ) {}

  async fill(): Promise<void> {
    await this.redis.flushall();
    await addBacklog(this.redis, await this.#open(0), this.name, this.backlog, this.#oldest);
  }

  /** Fills so many queues, and tells what all of them must be found to hold. */
  async grow(count: number): Promise<PollTask['expected']> {
    if (this.backlog.kind === 'none') {
      return { size: 0, oldest: null };
    }
    for (; this.#filled < count; this.#filled++) {
      await addWaiting(await this.#open(this.#filled), JOBS_OF_OTHERS, this.#oldest + YOUNGER);
    }
    const isReady = this.backlog.kind !== 'delayed';
    const others = count - 1;
    return {
      size: (isReady ? this.backlog.count : 0) + others * JOBS_OF_OTHERS,
      oldest: isReady ? this.#oldest : others > 0 ? this.#oldest + YOUNGER : null,
    };
  }

  async #open(index: number): Promise<Q> {
    const queue = this.library.open(Fleet.nameOf(index), this.redis);
    await this.library.whenReady(queue);
    return queue;
  }
}
