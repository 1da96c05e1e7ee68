/** Many queues of one library, and every way to ask what they hold. */
import { Redis, type ChainableCommander } from 'ioredis';
import type { Proc } from 'nestjs-hirefire';
import { createJudoscale, type JudoscaleCollector } from './judoscale.js';
import { sizeOf, sumOf, type Address, type BenchQueue, type Library } from './libraries.js';
import type { SetUp, Variant } from './plan.js';

export type Poll = () => Promise<number>;

export class Fleet<Q extends BenchQueue> {
  readonly #queues: Q[] = [];
  readonly #connection: Redis;
  readonly #judoscale: JudoscaleCollector | undefined;

  private constructor(
    private readonly library: Library<Q>,
    private readonly setUp: SetUp,
    private readonly address: Address,
    hasJudoscale: boolean,
  ) {
    this.#connection = new Redis({ ...address, maxRetriesPerRequest: null, enableReadyCheck: false });
    // Each queue that shares it listens for its errors.
    this.#connection.setMaxListeners(0);
    this.#judoscale = hasJudoscale ? createJudoscale(address) : undefined;
  }

  static async open<Q extends BenchQueue>(
    library: Library<Q>,
    setUp: SetUp,
    address: Address,
    hasJudoscale: boolean,
  ): Promise<Fleet<Q>> {
    const fleet = new Fleet(library, setUp, address, hasJudoscale);
    await fleet.#connection.ping();
    return fleet;
  }

  static nameOf(index: number): string {
    return `bench-${index}`;
  }

  /** The polls of the first so many queues, which are opened if they are not yet. */
  async polls(count: number): Promise<Readonly<Record<Variant, Poll>>> {
    const opened = Array.from({ length: Math.max(count - this.#queues.length, 0) }, (_, index) =>
      this.library.open(
        Fleet.nameOf(this.#queues.length + index),
        this.setUp === 'shared' ? this.#connection : this.address,
      ),
    );
    await Promise.all(opened.map((queue) => this.library.whenReady(queue)));
    this.#queues.push(...opened);

    const queues = this.#queues.slice(0, count);
    const proc = this.library.createProc(queues);
    const procs = queues.map((queue) => this.library.createProc([queue]));
    return {
      floor: () => this.#floor(queues),
      floorAgain: () => this.#floor(queues),
      size: () => sizeIn(proc),
      sizeOfProcs: async () => sumOf(await Promise.all(procs.map(sizeIn))),
      latencyFloor: () => this.#latencyFloor(queues),
      latency: () => latencyIn(proc),
      latencyOfProcs: async () => Math.max(...(await Promise.all(procs.map(latencyIn)))),
      handWritten: async () => sumOf((await Promise.all(queues.map((queue) => queue.getJobCounts()))).map(sizeOf)),
      judoscale: () => this.#askJudoscale(count),
    };
  }

  /** All that must be asked, in one pipeline over a connection at hand. */
  async #floor(queues: readonly Q[]): Promise<number> {
    const pipeline = this.#connection.pipeline();
    queues.forEach((queue) => this.library.askForSize(pipeline, queue));
    return sumOf(await repliesOf(pipeline));
  }

  /** The same for the oldest jobs: in one pipeline which they are, and in a second one since when they wait. */
  async #latencyFloor(queues: readonly Q[]): Promise<number> {
    const now = Date.now();
    const pipeline = this.#connection.pipeline();
    queues.forEach((queue) => this.library.askForOldest(pipeline, queue));
    const replies = await repliesOf(pipeline);
    const perQueue = replies.length / queues.length;
    const jobs = this.#connection.pipeline();
    let oldest = now;
    queues.forEach((queue, index) => {
      const [, delayed, ...heads] = replies.slice(index * perQueue, (index + 1) * perQueue);
      const [, score] = idsOf(delayed);
      oldest = Math.min(oldest, score === undefined ? now : Number(score) / 4096);
      const prefix = queue.toKey('');
      heads.flatMap(idsOf).forEach((id) => jobs.hmget(`${prefix}${id}`, 'timestamp', 'delay', 'processedOn'));
    });
    for (const job of await repliesOf(jobs)) {
      const [timestamp, delay, processedOn] = Array.isArray(job) ? job.map(Number) : [];
      oldest = Math.min(
        oldest,
        processedOn !== 0 && processedOn !== undefined ? processedOn : (timestamp ?? now) + (delay ?? 0),
      );
    }
    return (now - oldest) / 1_000;
  }

  async #askJudoscale(count: number): Promise<number> {
    if (!this.#judoscale) {
      throw new Error('Judoscale has no agent for this library');
    }
    // It would find them with a scan of all keys, once in its life: that is no part of a poll.
    if (this.#judoscale.queueNames.size !== count) {
      this.#judoscale.queueNames = new Set(Array.from({ length: count }, (_, index) => Fleet.nameOf(index)));
    }
    return sumOf((await this.#judoscale.collect()).map(({ value }) => value));
  }
}

async function sizeIn(proc: Proc): Promise<number> {
  return proc.quantity();
}

async function latencyIn(proc: Proc): Promise<number> {
  return (await proc.latency?.()) ?? NaN;
}

async function repliesOf(pipeline: ChainableCommander): Promise<unknown[]> {
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error) {
      throw error;
    }
    return reply;
  });
}

/** A reply that is one id, none, or a list of them. */
function idsOf(reply: unknown): string[] {
  return (Array.isArray(reply) ? reply : [reply]).filter((id) => typeof id === 'string');
}
