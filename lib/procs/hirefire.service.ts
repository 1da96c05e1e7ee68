import { Inject, Injectable, Logger } from '@nestjs/common';
import { HireFireConfigError, HireFireMeasureError } from '../hirefire.errors.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { DEVELOPMENT_TOKEN, type Metric, type ProcFailure, type ProcMeasurement } from '../hirefire.protocol.js';
import { remembered } from '../hirefire.remembered.js';
import { failureMessage, failureStack, wireMessage } from './failure-message.js';
import { OutageLog } from '../hirefire.outage-log.js';
import { ProcExplorer, type DiscoveredProc } from './proc-explorer.js';
import { ProcRunner } from './proc-runner.js';

/** A proc's number, or its failure in full and as HireFire may see it. */
export type ProcOutcome =
  | { readonly metric: Metric; readonly measurement: ProcMeasurement }
  | { readonly failure: ProcFailure; readonly wireFailure: ProcFailure };

/**
 * Measures the app's procs, for HireFire's endpoint and for the app's own code.
 *
 * @example
 * ```ts
 * for (const { name, value } of await hireFireService.measure()) {
 *   console.log(name, value);
 * }
 * ```
 *
 * @publicApi
 */
@Injectable()
export class HireFireService {
  private readonly logger = new Logger('HireFire');
  private readonly runner: ProcRunner;
  private readonly secrets: readonly string[];
  private readonly outages = new Map<string, OutageLog>();
  private measuring: Promise<readonly ProcOutcome[]> | undefined;

  /** @internal */
  constructor(
    private readonly explorer: ProcExplorer,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {
    this.runner = new ProcRunner(options.timeout);
    this.secrets = options.token && options.token !== DEVELOPMENT_TOKEN ? [options.token] : [];
  }

  /**
   * Measures all procs of the app in parallel, and resolves to the array that HireFire's endpoint answers: one entry per proc,
   * sorted by name. Overlapping calls share one measurement.
   *
   * @throws HireFireMeasureError when a proc failed; with `onError: 'omit'` only when all failed, or when a lazily loaded
   * module brought an invalid proc, such as a second class with the same name
   */
  async measure(): Promise<readonly ProcMeasurement[]> {
    const outcomes = await this.outcomes();
    const measurements = outcomes.flatMap((outcome) => ('measurement' in outcome ? [outcome.measurement] : []));
    const failed = outcomes.filter((outcome) => 'failure' in outcome);
    if (failed.length > 0 && (this.options.onError === 'fail' || measurements.length === 0)) {
      throw new HireFireMeasureError(
        failed.map(({ failure }) => failure),
        failed.map(({ wireFailure }) => wireFailure),
      );
    }
    return Object.freeze(measurements);
  }

  /**
   * The number or the failure of each proc, sorted by name. Overlapping calls share one measurement.
   *
   * @internal
   */
  outcomes(): Promise<readonly ProcOutcome[]> {
    this.measuring ??= this.measureAll().finally(() => {
      this.measuring = undefined;
    });
    return this.measuring;
  }

  private async measureAll(): Promise<readonly ProcOutcome[]> {
    try {
      return await Promise.all(this.explorer.explore().map((proc) => this.measureOne(proc)));
    } catch (error) {
      // A module that was loaded lazily can bring an invalid proc.
      const procName = error instanceof HireFireConfigError ? error.procName : undefined;
      return [this.failed(procName ?? 'unknown', error)];
    }
  }

  private async measureOne(proc: DiscoveredProc): Promise<ProcOutcome> {
    const { name, metric } = proc;
    try {
      const value = await this.runner.measure(proc);
      this.outages.get(name)?.succeeded();
      // Frozen like the list, because overlapping callers share it.
      return { metric, measurement: Object.freeze({ name, quantity: value, value }) };
    } catch (error) {
      return this.failed(name, error);
    }
  }

  private failed(name: string, error: unknown): ProcOutcome {
    const message = failureMessage(error, this.secrets);
    const proc = `The proc "${name}"`;
    remembered(
      this.outages,
      name,
      () => new OutageLog(this.logger, `${proc} could not be measured`, `${proc} can be measured again.`),
    ).failed(message, message, failureStack(error, this.secrets));
    return { failure: { name, message }, wireFailure: { name, message: wireMessage(error, this.secrets) } };
  }
}
