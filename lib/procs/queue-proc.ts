import { Logger } from '@nestjs/common';
import { HireFireConfigError } from '../hirefire.errors.js';
import { DEFAULT_TIMEOUT } from '../hirefire.options.js';
import type { Metric } from '../hirefire.protocol.js';
import { remembered } from '../hirefire.remembered.js';
import type { Backend, QueueDescription, QueueReading } from './backend.js';
import { MAX_SILENCE } from './connection.js';
import { typeOf } from './failure-message.js';
import { procMetadataOf } from './hirefire-proc.decorator.js';
import { MeasureFailure } from './measure-failure.js';
import { OneAtATime } from './one-at-a-time.js';
import { Proc } from './proc.js';
import { leastSize, placeWarning, type ProtectOptions } from './protect.js';
import { QUEUES_BY_NAME } from './queues-by-name.js';
import { HISTORY, type QueueHistory } from './trace.js';

/** The members of a reading that must be numbers. */
const KEYS = {
  size: ['ready', 'active'],
  latency: ['latency'],
  'protected latency': ['latency', 'active'],
} as const;

const workersOf = ({ workers = [] }: QueueReading): readonly string[] => workers;

/** The arguments of a backend's `read()`. */
export type ReadArguments<Q> = [queues: readonly Q[], metric: Metric, signal: AbortSignal];

/** Marks a `QueueProc` of any copy of this package. */
const QUEUE_PROC = Symbol.for('nestjs-hirefire:queue-proc');
const READINGS = Symbol('nestjs-hirefire:readings');
const READ_CHECKED = Symbol('nestjs-hirefire:read-checked');
const WARNINGS = Symbol('nestjs-hirefire:warnings');
const WARN = Symbol('nestjs-hirefire:warn');
const WARN_AT = Symbol('nestjs-hirefire:warn-at');
const BACKEND = Symbol('nestjs-hirefire:backend');
export const HOLD = Symbol('nestjs-hirefire:hold');
export const ASK = Symbol('nestjs-hirefire:ask');

/** ms after the start: a queue that is in use has had a job by then. */
const NEVER_USED_AFTER = 5 * 60_000;

/**
 * A {@link Proc} over one or more queues of a job-queue library: the base of every backend. A backend implements
 * {@link read}. This class adds up the size, takes the maximum of the latencies, rejects with an error that names a reading that is no
 * number, keeps readings from piling up while the broker is down, and leaves active jobs out if `skipActive` is set.
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

  /** The metrics that this backend can measure; override it if one can't be known. */
  readonly metrics: readonly Metric[] = ['size', 'latency'];

  /** The queues of this proc, each once; those that it names are found when the app starts. */
  queues: readonly Q[];

  /**
   * True if this backend can see jobs that are being worked on. If it can't, override it with `false`: the app then starts
   * only if its procs set `skipActive: true`, because a worker may be stopped in the middle of a job.
   */
  readonly seesActive: boolean = true;

  /** A way to see active jobs although {@link seesActive} is false: a sentence for the error at start-up. */
  readonly activeCure: string = '';

  /** @internal */
  readonly namesWorkers: boolean = false;

  /**
   * Milliseconds that one reading may take; the module sets it to its option `timeout` when the app starts.
   *
   * @default 10_000
   */
  timeout = DEFAULT_TIMEOUT;

  /** The option of `@HireFireProc()`. */
  readonly skipActive: boolean;

  /** The option of `@HireFireProc()`. */
  readonly protect: ProtectOptions | undefined;

  // Symbols, because a Proxy can't reach #private members, and the user's class may use any other name.
  private readonly [READINGS] = new Map<Metric, OneAtATime<readonly QueueReading[]>>();
  private readonly [WARNINGS] = new Set<string>();
  private [WARN_AT] = performance.now() + NEVER_USED_AFTER;
  /** Of a class of this package. */
  private [BACKEND]: Backend<Q> | undefined;

  /**
   * @param queues - the queues that this process works on
   * @throws HireFireConfigError without a queue, or when one of them is missing
   */
  constructor(...queues: Q[]) {
    super();
    if (!(QUEUES_BY_NAME in new.target)) {
      checkQueues(this.constructor.name, queues);
    }
    this.queues = [...new Set(queues)];
    const options = procMetadataOf(this.constructor)?.options;
    this.skipActive = options?.skipActive === true;
    this.protect = options?.protect;
  }

  /**
   * Takes a backend, whose readings {@link ASK} then gives: for the constructor of a class of this package.
   *
   * @internal
   */
  protected [HOLD](backend: Backend<Q>): void {
    const { metrics = this.metrics, seesActive = true, activeCure = '', namesWorkers = false } = backend;
    Object.assign(this, { [BACKEND]: backend, metrics, seesActive, activeCure, namesWorkers });
  }

  /** @internal */
  protected async [ASK](...[queues, metric, signal]: ReadArguments<Q>): Promise<readonly QueueReading[]> {
    const { skipActive, protect, timeout, constructor } = this;
    const isProtected = protect !== undefined;
    const question = { metric, skipActive, isProtected, signal, timeout, procName: constructor.name };
    return (await this[BACKEND]?.read(queues, question)) ?? [];
  }

  /**
   * Reads all queues at once, in as few round trips as the broker allows, without writing to it and without opening a
   * connection. Rejects when the broker can't be asked; it never guesses. For one metric it is not called again before
   * it has settled, or 30 seconds have passed.
   *
   * @param metric - `latency` asks for {@link QueueReading.latency} too
   * @param signal - aborts when the reading has taken {@link timeout}
   * @returns one reading per queue, in their order
   */
  protected abstract read(queues: readonly Q[], metric: Metric, signal: AbortSignal): Promise<readonly QueueReading[]>;

  /**
   * Jobs that need a worker now, over all queues; jobs being worked on included unless `skipActive` is set. With
   * `protect: { ratio }` it is not below `ratio x (k - 1) + 1`, where k is the highest number of a dyno that runs a job.
   *
   * @throws the error of {@link read}, or one that names the reading that is no number
   */
  override async quantity(): Promise<number> {
    const readings = await this[READ_CHECKED]('size');
    const size = readings.reduce((sum, { ready, active }) => sum + ready + (this.skipActive ? 0 : active), 0);
    if (!this.protect || !('ratio' in this.protect)) {
      return size;
    }
    const { name = '' } = procMetadataOf(this.constructor) ?? {};
    return Math.max(size, leastSize(this.protect.ratio, readings.flatMap(workersOf), name));
  }

  /**
   * Seconds since the oldest ready job of all queues became ready, 0 when none is ready. With `protect: { minimumLatency }` it
   * is not below that while a job is active.
   *
   * @throws the error of {@link read}, or one that names the reading that is no number
   */
  override async latency(): Promise<number> {
    const readings = await this[READ_CHECKED]('latency');
    const latency = Math.max(...readings.map((reading) => reading.latency ?? NaN));
    return this.protect && 'minimumLatency' in this.protect && readings.some(({ active }) => active > 0)
      ? Math.max(latency, this.protect.minimumLatency)
      : latency;
  }

  /** The name and the place of a queue, if the backend knows them. */
  protected describe(queue: Q): QueueDescription | undefined {
    return this[BACKEND]?.describe(queue);
  }

  /** The queues that have never had a job, if the backend knows; asked once, some minutes after the start. */
  protected async neverUsed(queues: readonly Q[]): Promise<readonly Q[]> {
    const answers = await this[BACKEND]?.neverUsed?.(queues, this.constructor.name);
    return queues.filter((_, index) => answers?.[index]);
  }

  /** Why a reading still waits, if the backend knows, such as a server that was not reached yet: for the message of a time-out. */
  get whyWaiting(): MeasureFailure | undefined {
    return this[BACKEND]?.whyWaiting?.();
  }

  /** @internal */
  async [HISTORY](): Promise<readonly QueueHistory[] | null> {
    return (await this[BACKEND]?.history?.(this.queues, this.constructor.name)) ?? null;
  }

  /** @internal */
  get descriptions(): readonly (QueueDescription | undefined)[] {
    return this.queues.map((queue) => this.describe(queue));
  }

  private async [READ_CHECKED](metric: Metric): Promise<readonly QueueReading[]> {
    const start = (): Promise<readonly QueueReading[]> =>
      this.read(this.queues, metric, AbortSignal.timeout(this.timeout));
    const read = await remembered(this[READINGS], metric, () => new OneAtATime(start, MAX_SILENCE)).next();
    if (read.length !== this.queues.length) {
      throw new MeasureFailure(`${this.constructor.name} read ${read.length} of its ${this.queues.length} queues`);
    }
    const keys = KEYS[metric === 'latency' && this.protect ? 'protected latency' : metric];
    for (const [index, reading] of read.entries()) {
      // Checked one by one, because a sum or a maximum can hide a wrong one behind the others.
      for (const key of keys) {
        const number: unknown = reading[key];
        if (typeof number !== 'number' || !(number >= 0)) {
          throw new MeasureFailure(
            `${this.constructor.name} read ${typeOf(number)} as "${key}" of queue ${index + 1} of ${read.length}`,
          );
        }
      }
    }
    void this[WARN]([...read.flatMap(({ unknown }) => unknown ?? []), ...placeWarning(read.flatMap(workersOf))]);
    return read;
  }

  /** Logs each warning once, and with them, some minutes after the start, the queues that have never had a job. */
  private async [WARN](warnings: string[]): Promise<void> {
    if (performance.now() >= this[WARN_AT]) {
      this[WARN_AT] = Infinity;
      try {
        for (const queue of await this.neverUsed(this.queues)) {
          const { name = 'a queue', server } = this.describe(queue) ?? {};
          warnings.push(
            `${name}${server === undefined ? '' : ` on ${server}`} has never had a job. Where it should have had one, look at its ` +
              'prefix and its connection: a queue that is registered twice with different options is two.',
          );
        }
      } catch {
        // The broker went away meanwhile: try again some minutes later.
        this[WARN_AT] = performance.now() + NEVER_USED_AFTER;
      }
    }
    for (const warning of warnings) {
      if (this[WARNINGS].size < this[WARNINGS].add(warning).size) {
        new Logger('HireFire').warn(`${this.constructor.name}: ${warning}`);
      }
    }
  }
}

/**
 * @param cure - follows "inject it, as in ..."
 * @throws HireFireConfigError without a queue, or when one of them is missing
 */
export function checkQueues(className: string, queues: readonly unknown[], cure = ''): void {
  if (queues.length === 0) {
    throw new HireFireConfigError(
      `${className} has no queue: hand at least one to super(), as in super(mail, images)${cure}.`,
    );
  }
  for (const [index, queue] of queues.entries()) {
    if (queue === undefined || queue === null) {
      throw new HireFireConfigError(
        `${className} was given ${String(queue)} as queue ${index + 1} of ${queues.length}: inject it, as in ` +
          `@InjectQueue('mail') mail: Queue${cure}.`,
      );
    }
  }
}

/** The members of a `QueueProc` that this package uses, from any copy of the package. */
type AnyQueueProc = Pick<
  QueueProc<unknown>,
  'metrics' | 'seesActive' | 'activeCure' | 'namesWorkers' | 'skipActive' | 'timeout' | 'descriptions' | 'whyWaiting'
>;

/** True if this is a `QueueProc`, or the prototype of one, from any copy of the package. */
export function isQueueProc(proc: unknown): proc is AnyQueueProc {
  return typeof proc === 'object' && proc !== null && QUEUE_PROC in proc;
}
