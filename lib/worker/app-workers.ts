import type { ModulesContainer } from '@nestjs/core';
import { shown } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { DrainableBullMQWorker, isBullMQWorker } from './bullmq-worker.js';
import type { ResolvedDrainOptions } from './drain-options.js';
import { candidatesIn } from './find-workers.js';
import type { DrainableWorker } from './library.js';

/** The workers of an app: those that the option names, and those that are found. */
export class AppWorkers {
  readonly #known = new Map<unknown, DrainableWorker>();

  /** @throws HireFireConfigError for an option that is no worker */
  constructor(
    private readonly modules: ModulesContainer,
    private readonly options: ResolvedDrainOptions,
  ) {
    options.workers.forEach((worker, index) => {
      if (!isBullMQWorker(worker)) {
        throw new HireFireConfigError(
          `drainOnShutdown: workers[${index}] is no Worker of BullMQ, but ${shown(worker)}. Give it what new Worker() has made.`,
        );
      }
    });
  }

  get all(): readonly DrainableWorker[] {
    return [...this.#known.values()];
  }

  /** Finds those that have come since the last time. */
  find(): void {
    for (const candidate of [...this.options.workers, ...candidatesIn(this.modules)]) {
      if (isBullMQWorker(candidate) && !this.#known.has(candidate)) {
        this.#known.set(candidate, new DrainableBullMQWorker(candidate, this.options.name));
      }
    }
  }

  async allClosed(): Promise<void> {
    await Promise.all(this.all.map(({ closed }) => closed));
  }
}
