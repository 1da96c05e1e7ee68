import type { LoggerService } from '@nestjs/common';
import { HireFireConfigError, HireFireMeasureError } from '../hirefire.errors.js';
import type { ResolvedHireFireOptions } from '../hirefire.options.js';
import { OutageLog } from '../hirefire.outage-log.js';
import type { ProcFailure } from '../hirefire.protocol.js';
import { remembered } from '../hirefire.remembered.js';
import { failureMessage, failureStack, wireMessage } from './failure-message.js';
import type { DiscoveredProc, ProcExplorer } from './proc-explorer.js';

/** A failure in full and as HireFire may see it. */
export interface FailedReading {
  readonly failure: ProcFailure;
  readonly wireFailure: ProcFailure;
}

export interface ProcReading<T> {
  readonly proc: DiscoveredProc;
  readonly value: T;
}

/** For the log: the lines begin with the subject, `The proc "worker"`, and go on with one of these. */
interface Words {
  readonly subject: (name: string) => string;
  readonly failed: string;
  readonly recovered: string;
}

/** Asks all procs for one thing, in parallel. Overlapping calls share one reading. */
export class ProcReadings<T> {
  readonly #outages = new Map<string, OutageLog>();
  #reading: Promise<readonly (ProcReading<T> | FailedReading)[]> | undefined;

  /** @param secrets - to be taken out of messages */
  constructor(
    private readonly explorer: ProcExplorer,
    private readonly logger: Pick<LoggerService, 'log' | 'error'>,
    private readonly secrets: readonly string[],
    private readonly words: Words,
    private readonly read: (proc: DiscoveredProc) => Promise<T>,
  ) {}

  /** Sorted by the names of the procs. */
  next(): Promise<readonly (ProcReading<T> | FailedReading)[]> {
    this.#reading ??= this.#readAll().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** @throws HireFireMeasureError when a proc failed; with `onError: 'omit'` only when all failed */
  async succeeded(onError: ResolvedHireFireOptions['onError']): Promise<readonly ProcReading<T>[]> {
    const readings = await this.next();
    const values = readings.flatMap((reading) => ('value' in reading ? [reading] : []));
    const failed = readings.filter((reading) => 'failure' in reading);
    if (failed.length > 0 && (onError === 'fail' || values.length === 0)) {
      throw new HireFireMeasureError(
        failed.map(({ failure }) => failure),
        failed.map(({ wireFailure }) => wireFailure),
      );
    }
    return values;
  }

  async #readAll(): Promise<readonly (ProcReading<T> | FailedReading)[]> {
    try {
      return await Promise.all(this.explorer.explore().map((proc) => this.#readOne(proc)));
    } catch (error) {
      // A module that was loaded lazily can bring an invalid proc.
      const procName = error instanceof HireFireConfigError ? error.procName : undefined;
      return [this.#failed(procName ?? 'unknown', error)];
    }
  }

  async #readOne(proc: DiscoveredProc): Promise<ProcReading<T> | FailedReading> {
    try {
      const value = await this.read(proc);
      this.#outages.get(proc.name)?.succeeded();
      return { proc, value };
    } catch (error) {
      return this.#failed(proc.name, error);
    }
  }

  #failed(name: string, error: unknown): FailedReading {
    const message = failureMessage(error, this.secrets);
    const { subject, failed, recovered } = this.words;
    remembered(
      this.#outages,
      name,
      () => new OutageLog(this.logger, `${subject(name)} ${failed}`, `${subject(name)} ${recovered}.`),
    ).failed(message, message, failureStack(error, this.secrets));
    return { failure: { name, message }, wireFailure: { name, message: wireMessage(error, this.secrets) } };
  }
}
