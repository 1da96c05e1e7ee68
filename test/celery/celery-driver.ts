import { CeleryProc } from '../../lib/celery/index.js';
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

class TestedProc extends CeleryProc {
  constructor(...queues: NamedQueue[]) {
    super(...argumentsOf(queues));
  }
}

export class CeleryDriver extends OracleDriver<CeleryTestQueue> {
  readonly library = 'Celery';
  readonly proc = TestedProc;
  readonly abilities: readonly Ability[] = ['delay', 'priority', 'stopped clock', 'starts without broker'];

  of(queue: NamedQueue): CeleryTestQueue {
    return new CeleryTestQueue(queue, this);
  }
}

export interface CeleryJobOptions extends JobOptions {
  /** The name of the task that a worker runs. */
  readonly task?: string;
}

export class CeleryTestQueue implements TestQueue<NamedQueue> {
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
    private readonly driver: CeleryDriver,
  ) {}

  get name(): string {
    return this.queue.name;
  }

  async add({ delay, priority }: JobOptions = {}): Promise<TestJob> {
    await this.#ask('add', { queue: this.name, delay, priority });
    return UNABLE;
  }

  async addMany(count: number, options: CeleryJobOptions | ((index: number) => CeleryJobOptions) = {}): Promise<void> {
    const all = Array.from({ length: count }, (_, index) => {
      const { delay, priority, task } = typeof options === 'function' ? options(index) : options;
      return { delay, priority, task };
    });
    await this.#ask('add_many', { queue: this.name, options: all });
  }

  /** @param late - acknowledged when it is done, as by `acks_late` */
  async take({ late = false } = {}): Promise<TakenJob | undefined> {
    const id = await this.#ask('take', { queue: this.name, late });
    const done = (): Promise<unknown> => this.#ask('done', { id });
    return typeof id === 'string' ? { complete: done, fail: done, stall: UNABLE.pause } : undefined;
  }

  /** Sends messages by another configuration of Celery, and reserves some of them. */
  reserveWith(args: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.#ask('reserve_with', { queue: this.name, ...args });
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

  #ask(name: string, args?: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.driver.ask(this.queue, name, args);
  }
}
