import { inspect } from 'node:util';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import { procMetadataOf } from './hirefire-proc.decorator.js';
import { OneAtATime } from './one-at-a-time.js';
import { Proc } from './proc.js';

/**
 * What a backend read of one queue.
 *
 * @publicApi
 */
export interface QueueReading {
  /** Jobs that a worker could start now: waiting, prioritized, and delayed ones that are due. */
  readonly ready: number;
  /** Jobs being worked on. */
  readonly active: number;
  /** Seconds since the oldest ready job became ready, 0 when none is ready. Read for the metric `latency` only. */
  readonly latency?: number;
}

/** How many ms a reading that never ends keeps others from starting: a lost answer must not end all measuring. */
const PATIENCE = 30_000;

/** Marks every `QueueProc`, whichever copy of this package its class comes from. */
const QUEUE_PROC = Symbol.for('nestjs-hirefire:queue-proc');

/**
 * A {@link Proc} over one or more queues of a job-queue library: the base of every backend. A backend implements
 * {@link read}; this class makes the size (the sum) and the latency (the maximum) of it, keeps readings from piling up
 * while the broker is down, and leaves active jobs out where `skipActive` asks for it.
 *
 * @typeParam Q - the library's queue
 *
 * @publicApi
 */
export abstract class QueueProc<Q> extends Proc {
  /** @internal */
  get [QUEUE_PROC](): true {
    return true;
  }

  /** What this backend can measure. A backend that can't know one of them overrides it. */
  readonly metrics: readonly Metric[] = ['size', 'latency'];

  /** The queues of this proc, each once. */
  readonly queues: readonly Q[];

  readonly #readings = new Map<Metric, OneAtATime<readonly QueueReading[]>>();

  /**
   * @param queues - the queues that this process works on
   * @throws HireFireConfigError without a queue, or when one of them is missing
   */
  constructor(...queues: Q[]) {
    super();
    if (queues.length === 0) {
      throw new HireFireConfigError(
        `${this.constructor.name} has no queue: hand at least one to super(), as in super(mail, images).`,
      );
    }
    for (const [index, queue] of queues.entries()) {
      if (queue === undefined || queue === null) {
        throw new HireFireConfigError(
          `${this.constructor.name} was given ${String(queue)} as queue ${index + 1} of ${queues.length}: inject it, ` +
            `as in @InjectQueue('mail') mail: Queue.`,
        );
      }
    }
    this.queues = [...new Set(queues)];
  }

  /**
   * Reads all queues at once, in as few round trips as the broker allows, without writing to it and without opening a
   * connection. Rejects when the broker can't be asked; it never guesses. For one metric it is not called again before
   * it has settled, or 30 seconds have passed.
   *
   * @param queues - the queues to read
   * @param metric - `latency` asks for {@link QueueReading.latency} too
   * @returns one reading per queue, in their order
   */
  protected abstract read(queues: readonly Q[], metric: Metric): Promise<readonly QueueReading[]>;

  /**
   * Jobs that need a worker now, over all queues; jobs being worked on included unless `skipActive` is set.
   *
   * @throws what {@link read} threw, or an error that says which of its readings is no number
   */
  override async quantity(): Promise<number> {
    const skipActive = procMetadataOf(this.constructor)?.options.skipActive === true;
    const readings = await this.#read('size');
    return readings.reduce((sum, { ready, active }) => sum + ready + (skipActive ? 0 : active), 0);
  }

  /**
   * Seconds since the oldest ready job of all queues became ready, 0 when none is ready.
   *
   * @throws what {@link read} threw, or an error that says which of its readings is no number
   */
  override async latency(): Promise<number> {
    const readings = await this.#read('latency');
    return Math.max(...readings.map(({ latency = NaN }) => latency));
  }

  async #read(metric: Metric): Promise<readonly QueueReading[]> {
    let readings = this.#readings.get(metric);
    if (!readings) {
      readings = new OneAtATime(() => this.read(this.queues, metric), PATIENCE);
      this.#readings.set(metric, readings);
    }
    const read = await readings.next();
    if (read.length !== this.queues.length) {
      throw new Error(`${this.constructor.name} read ${read.length} of its ${this.queues.length} queues`);
    }
    for (const [index, reading] of read.entries()) {
      // Checked one by one, because a sum or a maximum can hide a wrong one behind the others.
      for (const key of metric === 'size' ? (['ready', 'active'] as const) : (['latency'] as const)) {
        const number: unknown = reading[key];
        if (typeof number !== 'number' || !(number >= 0)) {
          throw new Error(
            `${this.constructor.name} read ${inspect(number)} as "${key}" of queue ${index + 1} of ${read.length}`,
          );
        }
      }
    }
    return read;
  }
}

/** Whether this is a `QueueProc`, or the prototype of one, of this copy of the package or of the other. */
export function isQueueProc(proc: unknown): proc is { readonly metrics: readonly Metric[] } {
  return typeof proc === 'object' && proc !== null && QUEUE_PROC in proc;
}
