import { HireFireConfigError } from '../hirefire.errors.js';
import type { Metric } from '../hirefire.protocol.js';
import type { MeasureFailure } from './measure-failure.js';
import type { KeepsHistory, QueueHistory } from './trace.js';
import { HISTORY } from './trace.js';
import { QueueProc, type QueueDescription, type QueueReading } from './queue-proc.js';

/** One reading of a backend's queues, as a proc asks for it. */
export interface Question {
  readonly metric: Metric;
  readonly skipActive: boolean;
  /** Asks for the active jobs with the latency too, and for {@link QueueReading.workers} with the size. */
  readonly isProtected: boolean;
  /** Aborts after {@link timeout}. */
  readonly signal: AbortSignal;
  /** ms, for messages and for a broker that can end a query by itself. */
  readonly timeout: number;
  /** The name of the proc's class, for messages. */
  readonly procName: string;
}

/** One queue library, as a value. It holds the connections; the app's proc, which may be a Proxy, holds only this value. */
export interface Backend<Q> {
  /** @default size and latency */
  readonly metrics?: readonly Metric[];
  /** @default true */
  readonly seesActive?: boolean;
  /**
   * True if its readings name the workers that run jobs.
   *
   * @default false
   */
  readonly namesWorkers?: boolean;
  /** A sentence: how active jobs can be seen nevertheless. */
  readonly activeCure?: string;
  /** Why a queue can't be read, and the cure: continues "WorkerProc ", as in `extends BullProc, but queue 1 is ...`. */
  refusal?(queue: Q, ordinal: string): string | undefined;
  describe(queue: Q): QueueDescription | undefined;
  read(queues: readonly Q[], question: Question): Promise<readonly QueueReading[]>;
  /** Reads the past of its queues, each once, if the broker keeps that. */
  readonly history?: ((queues: readonly Q[], procName: string) => Promise<readonly QueueHistory[]>) | undefined;
  /** For each queue, whether it has never had a job. */
  neverUsed?(queues: readonly Q[], procName: string): Promise<readonly boolean[]>;
  readonly whyWaiting?: MeasureFailure | undefined;
}

// A symbol, because a Proxy can't reach #private members, and the user's class may use any other name.
const BACKEND = Symbol('nestjs-hirefire:backend');

/** A {@link QueueProc} over a {@link Backend}: the base of every proc of this package. */
export class BackendProc<Q> extends QueueProc<Q> implements KeepsHistory {
  override readonly metrics: readonly Metric[];
  override readonly seesActive: boolean;
  override readonly activeCure: string;
  override readonly namesWorkers: boolean;
  private readonly [BACKEND]: Backend<Q>;

  /** @param given - all arguments of super(), by which messages count the queues */
  constructor(backend: Backend<Q>, queues: readonly Q[], given: readonly unknown[] = queues) {
    super(...queues);
    this[BACKEND] = backend;
    this.metrics = backend.metrics ?? ['size', 'latency'];
    this.seesActive = backend.seesActive ?? true;
    this.activeCure = backend.activeCure ?? '';
    this.namesWorkers = backend.namesWorkers ?? false;
    for (const queue of this.queues) {
      const refusal = backend.refusal?.(queue, `queue ${given.indexOf(queue) + 1}`);
      if (refusal !== undefined) {
        throw new HireFireConfigError(`${this.constructor.name} ${refusal}`);
      }
    }
  }

  override get whyWaiting(): MeasureFailure | undefined {
    return this[BACKEND].whyWaiting;
  }

  /** @internal */
  async [HISTORY](): Promise<readonly QueueHistory[] | null> {
    return (await this[BACKEND].history?.(this.queues, this.constructor.name)) ?? null;
  }

  protected override describe(queue: Q): QueueDescription | undefined {
    return this[BACKEND].describe(queue);
  }

  protected override async neverUsed(queues: readonly Q[]): Promise<readonly Q[]> {
    const answers = await this[BACKEND].neverUsed?.(queues, this.constructor.name);
    return queues.filter((_, index) => answers?.[index]);
  }

  protected override read(queues: readonly Q[], metric: Metric, signal: AbortSignal): Promise<readonly QueueReading[]> {
    const { skipActive, protect, timeout, constructor } = this;
    const isProtected = protect !== undefined;
    return this[BACKEND].read(queues, { metric, skipActive, isProtected, signal, timeout, procName: constructor.name });
  }
}
