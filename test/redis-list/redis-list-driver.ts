import { Redis } from 'ioredis';
import { RedisListProc } from '../../lib/redis-list/index.js';
import {
  UNABLE,
  type Ability,
  type Expected,
  type TakenJob,
  type TestJob,
  type TestQueue,
} from '../contract/jobs/driver.js';
import type { OpenClient } from '../other-languages/clients.js';
import { argumentsOf, NamedQueueDriver, type NamedQueue } from '../other-languages/driver.js';

class TestedProc extends RedisListProc {
  constructor(...queues: NamedQueue[]) {
    super(...argumentsOf(queues));
  }
}

/** How a library that keeps a queue in a list puts entries in and takes them out. */
export interface ListProtocol {
  readonly library: string;
  keyOf(name: string): string;
  readonly push: 'lpush' | 'rpush';
  readonly pop: 'lpop' | 'rpop';
}

export class RedisListDriver extends NamedQueueDriver<ListTestQueue> {
  readonly library: string;
  readonly proc = TestedProc;
  readonly abilities: readonly Ability[] = ['stopped clock', 'starts without broker'];
  readonly #workers = new Map<number, Redis>();

  constructor(
    port: number,
    readonly protocol: ListProtocol,
    openClient?: OpenClient,
  ) {
    super(port, openClient);
    this.library = protocol.library;
  }

  of(queue: NamedQueue): ListTestQueue {
    return new ListTestQueue({ ...queue, name: this.protocol.keyOf(queue.name) }, this);
  }

  workerAt(port: number): Redis {
    const known = this.#workers.get(port);
    if (known) {
      return known;
    }
    const worker = new Redis({ port, maxRetriesPerRequest: null });
    worker.on('error', () => undefined);
    this.#workers.set(port, worker);
    return worker;
  }

  /** Before the server is gone: a client that tries to reconnect takes seconds to end. */
  release(port: number): void {
    this.#workers.get(port)?.disconnect();
    this.#workers.delete(port);
  }

  override async close(): Promise<void> {
    await super.close();
    this.#workers.forEach((_, port) => this.release(port));
  }
}

export class ListTestQueue implements TestQueue<NamedQueue> {
  readonly repeat = UNABLE.repeat;
  readonly pause = UNABLE.pause;
  readonly resume = UNABLE.resume;
  readonly moveDueJobs = UNABLE.moveDueJobs;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;
  readonly retryAll = UNABLE.retryAll;
  readonly jobs = UNABLE.jobs;

  constructor(
    readonly queue: NamedQueue,
    private readonly driver: RedisListDriver,
  ) {}

  get name(): string {
    return this.queue.name;
  }

  async add(): Promise<TestJob> {
    await this.#worker[this.driver.protocol.push](this.name, '{"to":"ann"}');
    return UNABLE;
  }

  async addMany(count: number): Promise<void> {
    for (let added = 0; added < count; added++) {
      await this.add();
    }
  }

  async take(): Promise<TakenJob | undefined> {
    const entry = await this.#worker[this.driver.protocol.pop](this.name);
    const done = async (): Promise<void> => undefined;
    return entry === null ? undefined : { complete: done, fail: done, stall: UNABLE.pause };
  }

  async expected(): Promise<Expected> {
    const { length } = await this.#worker.lrange(this.name, 0, -1);
    return { size: length, sizeWithoutActive: length, latency: NaN };
  }

  empty(): Promise<unknown> {
    return this.#worker.del(this.name);
  }

  async release(): Promise<void> {
    this.queue.app.close();
    this.driver.release(this.queue.port);
  }

  get #worker(): Redis {
    return this.driver.workerAt(this.queue.port);
  }
}
