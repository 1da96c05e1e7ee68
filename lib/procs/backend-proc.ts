import { Logger } from '@nestjs/common';
import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import type { MeasureFailure } from './measure-failure.js';
import { QueueProc, type QueueDescription, type QueueReading } from './queue-proc.js';

/** What a poll asks of a backend. */
export interface Question {
  readonly metric: Metric;
  readonly skipActive: boolean;
  /** ms that the reading may take. */
  readonly timeout: number;
  /** The class that asks, for messages. */
  readonly procName: string;
}

export interface BackendReading extends QueueReading {
  /** The broker does not know this queue: a warning, logged once. */
  readonly unknown?: string | undefined;
}

/** One queue library, as a value: it holds the connections, so that the proc of the app, which may be a Proxy, holds only this. */
export interface Backend<Q> {
  /** @default size and latency */
  readonly metrics?: readonly Metric[];
  /** @default true */
  readonly seesActive?: boolean;
  /** What else can be done where active jobs can't be seen: a sentence. */
  readonly activeCure?: string;
  /** Why a queue can't be read, and the cure, to continue "WorkerProc extends BullProc, but queue 1 "; `undefined` where it can. */
  refusal?(queue: Q): string | undefined;
  describe(queue: Q): QueueDescription | undefined;
  read(queues: readonly Q[], question: Question): Promise<readonly BackendReading[]>;
  neverUsed?(queues: readonly Q[], procName: string): Promise<readonly Q[]>;
  readonly whyWaiting?: MeasureFailure | undefined;
}

// By a symbol, because another name could be the user's own member, and a #private one is out of reach of a Proxy.
const BACKEND = Symbol('nestjs-hirefire:backend');
const WARNED = Symbol('nestjs-hirefire:warned');

/** A {@link QueueProc} over a {@link Backend}: the base of every proc of this package. */
export abstract class BackendProc<Q> extends QueueProc<Q> {
  override readonly metrics: readonly Metric[];
  override readonly seesActive: boolean;
  override readonly activeCure: string;
  private readonly [BACKEND]: Backend<Q>;
  private readonly [WARNED] = new Set<string>();

  constructor(backend: Backend<Q>, queues: readonly Q[]) {
    super(...queues);
    this[BACKEND] = backend;
    this.metrics = backend.metrics ?? ['size', 'latency'];
    this.seesActive = backend.seesActive ?? true;
    this.activeCure = backend.activeCure ?? '';
    for (const [index, queue] of this.queues.entries()) {
      const refusal = backend.refusal?.(queue);
      if (refusal !== undefined) {
        throw new HireFireConfigError(
          `${this.constructor.name} extends ${baseOf(this)}, but queue ${index + 1} ${refusal}`,
        );
      }
    }
  }

  override get whyWaiting(): MeasureFailure | undefined {
    return this[BACKEND].whyWaiting;
  }

  protected override describe(queue: Q): QueueDescription | undefined {
    return this[BACKEND].describe(queue);
  }

  protected override async neverUsed(queues: readonly Q[]): Promise<readonly Q[]> {
    return (await this[BACKEND].neverUsed?.(queues, this.constructor.name)) ?? [];
  }

  protected override async read(queues: readonly Q[], metric: Metric): Promise<readonly QueueReading[]> {
    const { skipActive, timeout, constructor } = this;
    const readings = await this[BACKEND].read(queues, { metric, skipActive, timeout, procName: constructor.name });
    for (const { unknown } of readings) {
      if (unknown !== undefined && !this[WARNED].has(unknown)) {
        this[WARNED].add(unknown);
        new Logger('HireFire').warn(`${constructor.name}: ${unknown}`);
      }
    }
    return readings;
  }
}

/** The class of this package that an app's class extends. */
function baseOf(proc: object): string {
  let { constructor } = proc;
  for (let next = constructor; next !== BackendProc; next = Object.getPrototypeOf(next) as typeof constructor) {
    constructor = next;
  }
  return constructor.name;
}
