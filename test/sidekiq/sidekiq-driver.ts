import { SidekiqProc } from '../../lib/sidekiq/index.js';
import {
  UNABLE,
  type Ability,
  type Expected,
  type JobOptions,
  type TakenJob,
  type TestJob,
  type TestQueue,
} from '../contract/jobs/driver.js';
import {
  argumentsOf,
  expectedOf,
  OracleDriver,
  type NamedQueue,
  type OracleAnswer,
} from '../other-languages/driver.js';

class TestedProc extends SidekiqProc {
  constructor(...queues: NamedQueue[]) {
    super(...argumentsOf(queues));
  }
}

export class SidekiqDriver extends OracleDriver<SidekiqTestQueue> {
  readonly library = 'Sidekiq';
  readonly proc = TestedProc;
  // Sidekiq enqueues a due or retried job again when it moves the job.
  readonly abilities: readonly Ability[] = [
    ...(['latency', 'active', 'delay', 'pause', 'remove', 'promote', 'retry'] as const),
    ...(['stopped clock', 'starts without broker'] as const),
  ];

  of(queue: NamedQueue): SidekiqTestQueue {
    return new SidekiqTestQueue(queue, this);
  }
}

export interface SidekiqTakenJob extends TakenJob {
  giveBack(): Promise<unknown>;
  /** It failed, and is tried again after so many seconds. */
  putOff(seconds: number): Promise<unknown>;
}

export class SidekiqTestQueue implements TestQueue<NamedQueue> {
  readonly repeat = UNABLE.repeat;
  readonly moveDueJobs = UNABLE.moveDueJobs;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;

  constructor(
    readonly queue: NamedQueue,
    private readonly driver: SidekiqDriver,
  ) {}

  get name(): string {
    return this.queue.name;
  }

  async add({ delay }: JobOptions = {}): Promise<TestJob> {
    return this.#handle(String(await this.#ask('add', { queue: this.name, delay })));
  }

  async addMany(count: number, options: JobOptions | ((index: number) => JobOptions) = {}): Promise<void> {
    const all = Array.from({ length: count }, (_, index) => {
      const { delay } = typeof options === 'function' ? options(index) : options;
      return { delay };
    });
    await this.#ask('add_many', { queue: this.name, options: all });
  }

  async take(): Promise<SidekiqTakenJob | undefined> {
    const id = await this.#ask('take', { queue: this.name });
    return typeof id === 'string'
      ? {
          complete: () => this.#ask('complete', { id }),
          fail: () => this.#ask('fail', { id }),
          stall: UNABLE.pause,
          giveBack: () => this.#ask('give_back', { id }),
          putOff: (seconds) => this.#ask('put_off', { id, seconds }),
        }
      : undefined;
  }

  async expected(): Promise<Expected> {
    return expectedOf((await this.#ask('expected', { queue: this.name })) as OracleAnswer);
  }

  empty(): Promise<unknown> {
    return this.#ask('empty');
  }

  async release(): Promise<void> {
    this.queue.app.close();
  }

  pause(): Promise<unknown> {
    return this.#ask('pause', { queue: this.name });
  }

  resume(): Promise<unknown> {
    return this.#ask('resume', { queue: this.name });
  }

  async retryAll(): Promise<void> {
    for (const job of await this.jobs('failed')) {
      await job.retry();
    }
  }

  async jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly TestJob[]> {
    const ids = (await this.#ask('jobs', { queue: this.name, state })) as string[];
    return ids.map((id) => this.#handle(id));
  }

  #handle(id: string): TestJob {
    return {
      promote: () => this.#ask('promote', { id }),
      remove: () => this.#ask('remove', { queue: this.name, id }),
      retry: () => this.#ask('requeue', { id }),
    };
  }

  #ask(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.driver.ask(this.queue, name, args);
  }
}
