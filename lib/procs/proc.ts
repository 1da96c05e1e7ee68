import type { Metric } from '../hirefire.protocol.js';

/**
 * A process of the Procfile that HireFire scales. A class need not extend this one: any class with a `quantity()`, or with a
 * `latency()` for that metric, can carry `@HireFireProc()`.
 *
 * @example
 * Below `@HireFireProc('reports')`:
 * ```ts
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
   * Returns the number of jobs that need a worker now: waiting jobs, delayed jobs that are due, and active jobs. A fraction is
   * rounded up. Throw if the number can't be known, because HireFire stops every worker at 0.
   */
  abstract quantity(): number | Promise<number>;

  /** Returns the seconds since the oldest ready job became ready, 0 if none waits. Needed for that metric only. */
  latency?(): number | Promise<number>;
}

/** The method that measures a metric. */
export const METHOD_OF: Readonly<Record<Metric, 'quantity' | 'latency'>> = { size: 'quantity', latency: 'latency' };
