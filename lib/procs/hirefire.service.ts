import { Inject, Injectable, Logger } from '@nestjs/common';
import { HIREFIRE_OPTIONS, type ResolvedHireFireOptions } from '../hirefire.options.js';
import { DEVELOPMENT_TOKEN, type Metric, type ProcMeasurement, type Trace } from '../hirefire.protocol.js';
import { ProcExplorer } from './proc-explorer.js';
import { ProcReadings, type FailedReading, type ProcReading } from './proc-readings.js';
import { ProcRunner } from './proc-runner.js';
import { traceOf, type QueueHistory } from './trace.js';

const NUMBER_WORDS = {
  subject: (name: string) => `The proc "${name}"`,
  failed: 'could not be measured',
  recovered: 'can be measured again',
};

const HISTORY_WORDS = {
  subject: (name: string) => `The trace of the proc "${name}"`,
  failed: 'could not be read',
  recovered: 'can be read again',
};

/** A proc's number, or its failure in full and as HireFire may see it. */
export type ProcOutcome = { readonly metric: Metric; readonly measurement: ProcMeasurement } | FailedReading;

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
  private readonly numbers: ProcReadings<number>;
  private readonly histories: ProcReadings<readonly QueueHistory[] | null>;

  /** @internal */
  constructor(
    explorer: ProcExplorer,
    @Inject(HIREFIRE_OPTIONS) private readonly options: ResolvedHireFireOptions,
  ) {
    const logger = new Logger('HireFire');
    const runner = new ProcRunner(options.timeout);
    const secrets = options.token && options.token !== DEVELOPMENT_TOKEN ? [options.token] : [];
    this.numbers = new ProcReadings(explorer, logger, secrets, NUMBER_WORDS, (proc) => runner.measure(proc));
    this.histories = new ProcReadings(explorer, logger, secrets, HISTORY_WORDS, (proc) => runner.history(proc));
  }

  /**
   * Measures all procs of the app in parallel, and resolves to the array that HireFire's endpoint answers: one entry per proc,
   * sorted by name. Overlapping calls share one measurement.
   *
   * @throws HireFireMeasureError when a proc failed; with `onError: 'omit'` only when all failed, or when a lazily loaded
   * module brought an invalid proc, such as a second class with the same name
   */
  async measure(): Promise<readonly ProcMeasurement[]> {
    const readings = await this.numbers.succeeded(this.options.onError);
    return Object.freeze(readings.map(measurementOf));
  }

  /**
   * The number or the failure of each proc, sorted by name. Overlapping calls share one measurement.
   *
   * @internal
   */
  async outcomes(): Promise<readonly ProcOutcome[]> {
    return (await this.numbers.next()).map((reading) =>
      'value' in reading ? { metric: reading.proc.metric, measurement: measurementOf(reading) } : reading,
    );
  }

  /**
   * The times that the jobs of each proc waited and took.
   *
   * @internal
   * @throws HireFireMeasureError as {@link measure} does
   */
  async trace(): Promise<Trace> {
    const readings = await this.histories.succeeded(this.options.onError);
    return traceOf(new Map(readings.map(({ proc, value }) => [proc.name, value])));
  }
}

function measurementOf({ proc: { name }, value }: ProcReading<number>): ProcMeasurement {
  return Object.freeze({ name, quantity: value, value });
}
