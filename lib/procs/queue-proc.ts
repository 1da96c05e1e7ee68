import type { Metric } from '../hirefire.protocol.js';
import { procMetadataOf } from './hirefire-proc.decorator.js';
import { HireFireConfigError } from '../hirefire.errors.js';
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

  readonly #readings = new Map<Metric, Readings>();

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
   * connection. Rejects when the broker can't be asked; it never guesses. Not called again before it has settled.
   *
   * @param queues - the queues to read
   * @param metric - `latency` asks for {@link QueueReading.latency} too
   * @returns one reading per queue, in their order
   */
  protected abstract read(queues: readonly Q[], metric: Metric): Promise<readonly QueueReading[]>;

  /** Jobs that need a worker now, over all queues; jobs being worked on included unless `skipActive` is set. */
  override async quantity(): Promise<number> {
    const skipActive = procMetadataOf(this.constructor)?.options.skipActive === true;
    const readings = await this.#read('size');
    return readings.reduce((sum, { ready, active }) => sum + ready + (skipActive ? 0 : active), 0);
  }

  /** Seconds since the oldest ready job of all queues became ready, 0 when none is ready. */
  override async latency(): Promise<number> {
    const readings = await this.#read('latency');
    return Math.max(...readings.map(({ latency }) => latency ?? NaN));
  }

  async #read(metric: Metric): Promise<readonly QueueReading[]> {
    let readings = this.#readings.get(metric);
    if (!readings) {
      readings = new Readings(() => this.read(this.queues, metric));
      this.#readings.set(metric, readings);
    }
    const read = await readings.next();
    if (read.length !== this.queues.length) {
      throw new Error(`${this.constructor.name} read ${read.length} of its ${this.queues.length} queues`);
    }
    return read;
  }
}

/** Lets one reading run at a time. Whoever asks meanwhile shares the one after it, which starts once that has settled. */
class Readings {
  #current: Promise<unknown> | undefined;
  #following: Promise<readonly QueueReading[]> | undefined;

  constructor(private readonly read: () => Promise<readonly QueueReading[]>) {}

  next(): Promise<readonly QueueReading[]> {
    if (!this.#current) {
      return this.#start();
    }
    this.#following ??= this.#current.then(() => {
      this.#following = undefined;
      return this.#start();
    });
    return this.#following;
  }

  #start(): Promise<readonly QueueReading[]> {
    // Async, so that a backend that throws at once rejects like any other.
    const reading = (async () => this.read())();
    const settled = (): void => {
      this.#current = undefined;
    };
    this.#current = reading.then(settled, settled);
    return reading;
  }
}

/** Whether an object, or the prototype of a class, is a `QueueProc`, of this copy of the package or of the other. */
export function isQueueProc(proc: object): proc is { readonly metrics: readonly Metric[] } {
  return QUEUE_PROC in proc;
}
