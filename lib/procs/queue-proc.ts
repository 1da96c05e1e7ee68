import { Logger } from '@nestjs/common';
import { HireFireConfigError } from '../hirefire.errors.js';
import { DEFAULT_TIMEOUT } from '../hirefire.options.js';
import type { Metric } from '../hirefire.protocol.js';
import { kindOf } from './failure-message.js';
import { procMetadataOf } from './hirefire-proc.decorator.js';
import { MeasureFailure } from './measure-failure.js';
import { OneAtATime } from './one-at-a-time.js';
import { Proc } from './proc.js';

/**
 * What a backend read of one queue.
 *
 * @example
 * ```ts
 * const reading: QueueReading = { ready: 12, active: 3, latency: 4.2 };
 * ```
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

/** The reading of a queue that another queue object of the same proc stands for too: its jobs are counted there. */
export const COUNTED_ALREADY: QueueReading = Object.freeze({ ready: 0, active: 0, latency: 0 });

/**
 * What a queue is called and where it lives, for the line that tells at start-up what is read.
 *
 * @example
 * ```ts
 * const description: QueueDescription = { name: 'bull:mail', server: 'redis://127.0.0.1:6379' };
 * ```
 *
 * @publicApi
 */
export interface QueueDescription {
  /** As people know it, prefix or schema included. */
  readonly name: string;
  /** The broker, without credentials; `undefined` where it can't be told. Two queues with the same name and server are one. */
  readonly server: string | undefined;
}

/** How many ms a reading that never ends keeps others from starting: a lost answer must not end all measuring. */
const MAX_SILENCE = 30_000;

/** Marks every `QueueProc`, whichever copy of this package its class comes from. */
const QUEUE_PROC = Symbol.for('nestjs-hirefire:queue-proc');
const READINGS = Symbol('nestjs-hirefire:readings');
const TELL_AT = Symbol('nestjs-hirefire:tell-at');
const READ_CHECKED = Symbol('nestjs-hirefire:read-checked');
const TELL_OF_NEVER_USED = Symbol('nestjs-hirefire:tell-of-never-used');

/** ms after the start, when an app that has jobs at all has had some. */
const NEVER_USED_AFTER = 5 * 60_000;

/**
 * A {@link Proc} over one or more queues of a job-queue library: the base of every backend. A backend implements
 * {@link read}; this class makes the size (the sum) and the latency (the maximum) of it, keeps readings from piling up
 * while the broker is down, and leaves active jobs out where `skipActive` asks for it.
 *
 * @typeParam Q - the library's queue
 *
 * @example
 * ```ts
 * export class TodoListProc extends QueueProc<TodoList> {
 *   protected async read(lists: readonly TodoList[]): Promise<QueueReading[]> {
 *     return lists.map(({ open, inProgress }) => ({ ready: open.length, active: inProgress.length }));
 *   }
 * }
 * ```
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

  /**
   * Whether this backend can see jobs that are being worked on. One that can't overrides it with `false`, and its procs must say
   * `skipActive: true`, or the app does not start: a worker may be stopped in the middle of a job.
   */
  readonly seesActive: boolean = true;

  /** What else can be done where {@link seesActive} is false: a sentence for the error at start-up. */
  readonly activeCure: string = '';

  /**
   * Milliseconds that one reading may take; the module sets it to its option `timeout` when the app starts.
   *
   * @default 10_000
   */
  timeout = DEFAULT_TIMEOUT;

  /** Whether `@HireFireProc()` says so. */
  readonly skipActive: boolean;

  // By symbols, because #private members are out of reach for the methods of a Proxy, and other names could be the user's.
  private readonly [READINGS] = new Map<Metric, OneAtATime<readonly QueueReading[]>>();
  /** When queues that have never had a job will be told of. */
  private [TELL_AT] = performance.now() + NEVER_USED_AFTER;

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
    this.skipActive = procMetadataOf(this.constructor)?.options.skipActive === true;
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
    const readings = await this[READ_CHECKED]('size');
    return readings.reduce((sum, { ready, active }) => sum + ready + (this.skipActive ? 0 : active), 0);
  }

  /**
   * Seconds since the oldest ready job of all queues became ready, 0 when none is ready.
   *
   * @throws what {@link read} threw, or an error that says which of its readings is no number
   */
  override async latency(): Promise<number> {
    const readings = await this[READ_CHECKED]('latency');
    return Math.max(...readings.map(({ latency = NaN }) => latency));
  }

  /** What a queue of this proc is called; a backend that can tell implements it. */
  protected describe?(queue: Q): QueueDescription | undefined;

  /**
   * Which of the queues the broker has never heard of; asked once, some minutes after the start. A backend that can tell
   * implements it.
   */
  protected neverUsed?(queues: readonly Q[]): Promise<readonly Q[]>;

  /** Why a reading is still under way, where the backend knows, such as a server that was not reached yet; for the message of a time-out. */
  get whyWaiting(): MeasureFailure | undefined {
    return undefined;
  }

  /** @internal */
  get descriptions(): readonly (QueueDescription | undefined)[] {
    return this.queues.map((queue) => this.describe?.(queue));
  }

  private async [READ_CHECKED](metric: Metric): Promise<readonly QueueReading[]> {
    let readings = this[READINGS].get(metric);
    if (!readings) {
      readings = new OneAtATime(() => this.read(this.queues, metric), MAX_SILENCE);
      this[READINGS].set(metric, readings);
    }
    const read = await readings.next();
    if (read.length !== this.queues.length) {
      throw new MeasureFailure(`${this.constructor.name} read ${read.length} of its ${this.queues.length} queues`);
    }
    for (const [index, reading] of read.entries()) {
      // Checked one by one, because a sum or a maximum can hide a wrong one behind the others.
      for (const key of metric === 'size' ? (['ready', 'active'] as const) : (['latency'] as const)) {
        const number: unknown = reading[key];
        if (typeof number !== 'number' || !(number >= 0)) {
          throw new MeasureFailure(
            `${this.constructor.name} read ${kindOf(number)} as "${key}" of queue ${index + 1} of ${read.length}`,
          );
        }
      }
    }
    void this[TELL_OF_NEVER_USED]();
    return read;
  }

  private async [TELL_OF_NEVER_USED](): Promise<void> {
    if (!this.neverUsed || performance.now() < this[TELL_AT]) {
      return;
    }
    this[TELL_AT] = Infinity;
    try {
      for (const queue of await this.neverUsed(this.queues)) {
        const { name = 'a queue', server } = this.describe?.(queue) ?? {};
        new Logger('HireFire').warn(
          `${this.constructor.name}: ${name}${server === undefined ? '' : ` on ${server}`} has never had a job. Where it should ` +
            'have had one, look at its prefix and its connection: a queue that is registered twice with different options is two.',
        );
      }
    } catch {
      // The broker went away meanwhile: asked again with a later poll.
      this[TELL_AT] = performance.now() + NEVER_USED_AFTER;
    }
  }
}

/** What the house asks of a `QueueProc` of whichever copy of this package. */
type AnyQueueProc = Pick<
  QueueProc<unknown>,
  'metrics' | 'seesActive' | 'activeCure' | 'skipActive' | 'timeout' | 'descriptions' | 'whyWaiting'
>;

/** Whether this is a `QueueProc`, or the prototype of one, of this copy of the package or of the other. */
export function isQueueProc(proc: unknown): proc is AnyQueueProc {
  return typeof proc === 'object' && proc !== null && QUEUE_PROC in proc;
}
