import { Inject, Injectable, Logger } from '@nestjs/common';
import { HireFireConfigError, HireFireMeasureError } from '../hirefire.errors.js';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { DEVELOPMENT_TOKEN, type ProcFailure, type ProcMeasurement } from '../hirefire.protocol.js';
import { failureMessage, failureStack } from './failure-message.js';
import { ProcExplorer, type DiscoveredProc } from './proc-explorer.js';
import { ProcRunner } from './proc-runner.js';

type Outcome = { readonly measurement: ProcMeasurement } | { readonly failure: ProcFailure };

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
  readonly #logger = new Logger('HireFire');
  readonly #runner: ProcRunner;
  readonly #secrets: readonly string[];
  /** Why each proc failed at the last measurement, so that an outage is logged when it begins and when it ends. */
  readonly #failing = new Map<string, string>();
  #measuring: Promise<readonly ProcMeasurement[]> | undefined;

  /** @internal */
  constructor(
    private readonly explorer: ProcExplorer,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {
    this.#runner = new ProcRunner(options.timeout);
    this.#secrets = options.token && options.token !== DEVELOPMENT_TOKEN ? [options.token] : [];
  }

  /**
   * Measures every proc of the app, side by side, and resolves to what HireFire's endpoint answers: one entry per proc,
   * sorted by name. Calls that overlap share one measurement.
   *
   * @throws HireFireMeasureError when a proc failed; with `onError: 'omit'` only when all of them did, or when a lazily
   * loaded module brought one that has to be refused, such as a second class with the same name
   */
  measure(): Promise<readonly ProcMeasurement[]> {
    this.#measuring ??= this.#measureAll().finally(() => {
      this.#measuring = undefined;
    });
    return this.#measuring;
  }

  async #measureAll(): Promise<readonly ProcMeasurement[]> {
    const outcomes = await Promise.all(this.#procs().map((proc) => this.#measureOne(proc)));
    const measurements = outcomes.flatMap((outcome) => ('measurement' in outcome ? [outcome.measurement] : []));
    const failures = outcomes.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));

    if (failures.length > 0 && (this.options.onError === 'fail' || measurements.length === 0)) {
      throw new HireFireMeasureError(failures);
    }
    return Object.freeze(measurements);
  }

  #procs(): readonly DiscoveredProc[] {
    try {
      return this.explorer.explore();
    } catch (error) {
      // A lazily loaded module can bring a proc that has to be refused while the app runs.
      const procName = error instanceof HireFireConfigError ? error.procName : undefined;
      throw new HireFireMeasureError([this.#failed(procName ?? 'unknown', error)]);
    }
  }

  async #measureOne(proc: DiscoveredProc): Promise<Outcome> {
    const { name } = proc;
    try {
      const value = await this.#runner.measure(proc);
      if (this.#failing.delete(name)) {
        this.#logger.log(`The proc "${name}" can be measured again.`);
      }
      // Frozen, as the list is: callers that overlap share it.
      return { measurement: Object.freeze({ name, quantity: value, value }) };
    } catch (error) {
      return { failure: this.#failed(name, error) };
    }
  }

  #failed(name: string, error: unknown): ProcFailure {
    const message = failureMessage(error, this.#secrets);
    if (this.#failing.get(name) !== message) {
      this.#failing.set(name, message);
      this.#logger.error(`The proc "${name}" could not be measured: ${message}`, failureStack(error, this.#secrets));
    }
    return { name, message };
  }
}
