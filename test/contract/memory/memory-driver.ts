/** A throw-away backend over queues in memory: what a backend needs that has no Redis. */
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { QueueProc, type QueueReading } from '../../../lib/index.js';
import { Batch } from '../../../lib/procs/batch.js';
import { MeasureFailure } from '../../../lib/procs/measure-failure.js';
import { stoppedClock, type Clock } from '../../support/clock.js';
import {
  UNABLE,
  type Ability,
  type Broker,
  type Expected,
  type JobOptions,
  type JobsDriver,
  type Link,
  type TakenJob,
  type TestJob,
  type TestQueue,
} from '../jobs/driver.js';

interface Job {
  readyAt: number;
  state: 'queued' | 'active' | 'failed';
  attemptsLeft: number;
  readonly backoff: number;
}

class MemoryBroker implements Broker {
  state: 'up' | 'down' | 'frozen' = 'down';
  readonly calls: number[] = [];
  pending = 0;
  #thawed = (): void => undefined;

  async start(): Promise<void> {
    this.state = 'up';
  }

  async kill(): Promise<void> {
    this.state = 'down';
  }

  freeze(): void {
    this.state = 'frozen';
  }

  thaw(): void {
    if (this.state === 'frozen') {
      this.state = 'up';
      this.#thawed();
    }
  }

  async stop(): Promise<void> {
    this.state = 'down';
  }

  /** One round trip, for as many queues as are asked for. */
  async ask<T>(queues: readonly MemoryQueue[], answer: (queue: MemoryQueue) => T): Promise<readonly T[]> {
    this.calls.push(queues.length);
    if (this.state === 'frozen') {
      this.pending += 1;
      await new Promise<void>((resolve) => (this.#thawed = resolve));
      this.pending -= 1;
    }
    if (this.state === 'down') {
      throw new MeasureFailure('the memory is away');
    }
    return queues.map(answer);
  }
}

class MemoryQueue {
  jobs: Job[] = [];
  isPaused = false;

  constructor(readonly broker: MemoryBroker) {}
}

const readings = new Batch<MemoryQueue, QueueReading>(
  ({ broker }) => broker,
  async (queues) => queues[0].broker.ask(queues, readingOf),
);

function readingOf({ jobs, isPaused }: MemoryQueue): QueueReading {
  const now = Date.now();
  const ready = isPaused ? [] : jobs.filter(({ state, readyAt }) => state === 'queued' && readyAt <= now);
  const oldest = Math.min(...ready.map(({ readyAt }) => readyAt));
  return {
    ready: ready.length,
    active: jobs.filter(({ state }) => state === 'active').length,
    latency: ready.length === 0 ? 0 : Math.max(now - oldest, 1) / 1000,
  };
}

export class MemoryProc extends QueueProc<MemoryQueue> {
  protected override read(queues: readonly MemoryQueue[]): Promise<readonly QueueReading[]> {
    return Promise.all(queues.map((queue) => readings.ask(queue)));
  }
}

class MemoryTestQueue implements TestQueue<MemoryQueue> {
  readonly name = 'memory';
  readonly repeat = UNABLE.repeat;
  readonly moveDueJobs = UNABLE.moveDueJobs;
  readonly moveStalledJobs = UNABLE.moveStalledJobs;
  readonly expireLocks = UNABLE.expireLocks;
  readonly retryAll = UNABLE.retryAll;

  constructor(readonly queue: MemoryQueue) {}

  async add({ delay = 0, attempts = 1, backoff = 0 }: JobOptions = {}): Promise<TestJob> {
    const job: Job = {
      readyAt: Date.now() + delay,
      state: 'queued',
      attemptsLeft: attempts,
      backoff: typeof backoff === 'number' ? backoff : backoff.delay,
    };
    this.queue.jobs.push(job);
    return { ...UNABLE, remove: async () => this.#remove(job) };
  }

  async addMany(count: number): Promise<void> {
    for (let added = 0; added < count; added++) {
      await this.add();
    }
  }

  async take(): Promise<TakenJob | undefined> {
    const job = this.queue.isPaused
      ? undefined
      : this.queue.jobs.find(({ state, readyAt }) => state === 'queued' && readyAt <= Date.now());
    if (!job) {
      return undefined;
    }
    job.state = 'active';
    return {
      stall: UNABLE.pause,
      complete: async () => this.#remove(job),
      fail: async () => {
        job.attemptsLeft -= 1;
        job.state = job.attemptsLeft > 0 ? 'queued' : 'failed';
        job.readyAt = Date.now() + job.backoff;
      },
    };
  }

  async pause(): Promise<void> {
    this.queue.isPaused = true;
  }

  async resume(): Promise<void> {
    this.queue.isPaused = false;
  }

  async jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly TestJob[]> {
    return this.queue.jobs
      .filter((job) => (job.state === 'queued' ? 'waiting' : job.state) === state)
      .map((job) => ({ ...UNABLE, remove: async () => this.#remove(job) }));
  }

  async expected(): Promise<Expected> {
    const { ready, active, latency = NaN } = readingOf(this.queue);
    return { size: ready + active, sizeWithoutActive: ready, latency };
  }

  async empty(): Promise<void> {
    this.queue.jobs = [];
    this.queue.isPaused = false;
  }

  async release(): Promise<void> {
    // Nothing was opened.
  }

  #remove(job: Job): void {
    this.queue.jobs = this.queue.jobs.filter((other) => other !== job);
  }
}

export class MemoryDriver implements JobsDriver<MemoryQueue, MemoryBroker> {
  readonly library = 'a queue in memory';
  readonly proc = MemoryProc;
  readonly abilities: readonly Ability[] = [
    ...(['latency', 'active', 'delay', 'attempts', 'pause', 'remove'] as const),
    ...(['stopped clock', 'durable', 'starts without broker'] as const),
  ];
  readonly worker = [];
  readonly down = /^the memory is away$/;
  readonly broker = new MemoryBroker();

  readonly growth = (): number => 1;

  clock(): Clock {
    return stoppedClock();
  }

  open(): MemoryTestQueue {
    this.broker.state = 'up';
    return new MemoryTestQueue(new MemoryQueue(this.broker));
  }

  async close(): Promise<void> {
    await this.broker.stop();
  }

  async reserveBroker(): Promise<MemoryBroker> {
    return new MemoryBroker();
  }

  app(broker: MemoryBroker, ...names: string[]): ModuleMetadata {
    return { providers: names.map((name) => ({ provide: name, useValue: new MemoryQueue(broker) })) };
  }

  token(name: string): string {
    return name;
  }

  of(queue: MemoryQueue): MemoryTestQueue {
    return new MemoryTestQueue(queue);
  }

  linkOf(_app: INestApplication, [first]: readonly MemoryTestQueue[]): Link {
    const broker = first?.queue.broker;
    return {
      untilLost: async () => undefined,
      untilReady: async () => undefined,
      get pending() {
        return broker?.pending ?? NaN;
      },
    };
  }
}
