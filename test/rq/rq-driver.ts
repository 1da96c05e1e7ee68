import { RQProc } from '../../lib/rq/index.js';
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

class TestedProc extends RQProc {
  constructor(...queues: NamedQueue[]) {
    super(...argumentsOf(queues));
  }
}

export class RqDriver extends OracleDriver<RqTestQueue> {
  readonly library = 'RQ';
  readonly proc = TestedProc;
  // RQ enqueues a scheduled or failed job again when it gives it back; delays are whole seconds.
  readonly abilities: readonly Ability[] = [
    ...(['latency', 'active', 'lifo', 'delay', 'attempts', 'pause', 'remove', 'retry'] as const),
    ...(['stopped clock', 'starts without broker'] as const),
  ];

  of(queue: NamedQueue): RqTestQueue {
    return new RqTestQueue(queue, this);
  }
}

/** RQ's options, in addition to the contract's. */
export interface RqJobOptions extends JobOptions {
  /** Seconds before each retry. */
  readonly intervals?: readonly number[];
  readonly depends_on?: string;
  /** The function that a worker calls. */
  readonly func?: string;
}

export interface RqTestJob extends TestJob {
  readonly id: string;
  cancel(): Promise<unknown>;
}

export class RqTestQueue implements TestQueue<NamedQueue> {
  readonly repeat = UNABLE.repeat;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;

  constructor(
    readonly queue: NamedQueue,
    private readonly driver: RqDriver,
  ) {}

  get name(): string {
    return this.queue.name;
  }

  async add(options: RqJobOptions = {}): Promise<RqTestJob> {
    return this.#handle(String(await this.#ask('add', { queue: this.name, ...known(options) })));
  }

  async addMany(count: number, options: RqJobOptions | ((index: number) => RqJobOptions) = {}): Promise<void> {
    const all = Array.from({ length: count }, (_, index) =>
      known(typeof options === 'function' ? options(index) : options),
    );
    await this.#ask('add_many', { queue: this.name, options: all });
  }

  async take(): Promise<(TakenJob & { readonly id: string }) | undefined> {
    const id = await this.#ask('take', { queue: this.name });
    return typeof id === 'string'
      ? {
          id,
          complete: () => this.#ask('complete', { id }),
          fail: () => this.#ask('fail', { id }),
          stall: UNABLE.pause,
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
    return this.#ask('suspend');
  }

  resume(): Promise<unknown> {
    return this.#ask('resume');
  }

  moveDueJobs(): Promise<unknown> {
    return this.#ask('move_due_jobs', { queue: this.name });
  }

  /** Cleans up as a worker does from time to time: jobs whose worker went silent are retried, or fail. */
  cleanUp(): Promise<unknown> {
    return this.#ask('clean_up', { queue: this.name });
  }

  async retryAll(): Promise<void> {
    for (const job of await this.jobs('failed')) {
      await job.retry();
    }
  }

  async jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly RqTestJob[]> {
    const ids = (await this.#ask('jobs', { queue: this.name, state })) as string[];
    return ids.map((id) => this.#handle(id));
  }

  #handle(id: string): RqTestJob {
    return {
      id,
      promote: UNABLE.promote,
      remove: () => this.#ask('remove', { id }),
      cancel: () => this.#ask('cancel', { id }),
      retry: () => this.#ask('requeue', { id }),
    };
  }

  #ask(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.driver.ask(this.queue, name, args);
  }
}

function known({ delay, lifo, attempts, ...rest }: RqJobOptions): object {
  const { intervals, depends_on, func } = rest;
  return { delay, lifo, attempts, intervals, depends_on, func };
}
