import type { Metric } from '../hirefire.protocol.js';
import type { MeasureFailure } from './measure-failure.js';
import type { QueueHistory } from './trace.js';

/**
 * The numbers of one queue, as a backend read them.
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
  /** Jobs being worked on. Read for the metric `latency` only where the proc is protected. */
  readonly active: number;
  /** Seconds since the oldest ready job became ready, 0 when none is ready. Read for the metric `latency` only. */
  readonly latency?: number;
  /**
   * The names of the workers that run the 2,000 longest running jobs, of each process the one with the highest number; '' for a
   * worker without a name. Read for a protected size only.
   *
   * @internal
   */
  readonly workers?: readonly string[];
  /**
   * A warning, logged once: the broker does not know this queue, or an entry of it can't be understood.
   *
   * @internal
   */
  readonly unknown?: string | undefined;
}

/** The reading of a queue object whose jobs another object of the same proc has counted. */
export const COUNTED_ALREADY: QueueReading = Object.freeze({ ready: 0, active: 0, latency: 0 });

/**
 * The name and the place of a queue, for the log at start-up.
 *
 * @example
 * ```ts
 * const description: QueueDescription = { name: 'bull:mail', server: 'redis://127.0.0.1:6379' };
 * ```
 *
 * @publicApi
 */
export interface QueueDescription {
  /** The name that people use, with its prefix or schema. */
  readonly name: string;
  /** The broker, without credentials; `undefined` if unknown. Two queues with the same name and server are one. */
  readonly server: string | undefined;
}

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

/** One queue library, as a value. It holds the connections; the app's {@link QueueProc}, which may be a Proxy, holds only this value. */
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
  describe(queue: Q): QueueDescription | undefined;
  read(queues: readonly Q[], question: Question): Promise<readonly QueueReading[]>;
  /** Reads the past of its queues, each once, if the broker keeps that; `null` if not. */
  history?(queues: readonly Q[], procName: string): Promise<readonly QueueHistory[] | null>;
  /** For each queue, whether it has never had a job. */
  neverUsed?(queues: readonly Q[], procName: string): Promise<readonly boolean[]>;
  /** Why a reading still waits, if that is known. */
  whyWaiting?(): MeasureFailure | undefined;
}
