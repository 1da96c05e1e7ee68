import type { Metric } from '../hirefire.protocol.js';

/**
 * A process of the Procfile whose dynos HireFire scales. A class need not extend this one: any class with a
 * `quantity()`, or with a `latency()` for that metric, can carry `@HireFireProc()`.
 *
 * @example
 * ```ts
 * @HireFireProc('reports')
 * export class ReportsProc extends Proc {
 *   constructor(private readonly reports: ReportsRepository) {
 *     super();
 *   }
 *
 *   quantity(): Promise<number> {
 *     return this.reports.countPending();
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export abstract class Proc {
  /**
   * The number of jobs that need a worker now: those that wait, those whose delay is over, and those being worked on.
   * A fraction is rounded up. Throw when the number can't be known: an answer of 0 dismisses every worker.
   */
  abstract quantity(): number | Promise<number>;

  /** Seconds since the oldest job that is ready to run became ready; 0 when none waits. Needed for that metric only. */
  latency?(): number | Promise<number>;
}

/** The method that answers for a metric. */
export const METHOD_OF: Readonly<Record<Metric, 'quantity' | 'latency'>> = { size: 'quantity', latency: 'latency' };
