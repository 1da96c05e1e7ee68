import type { ModulesContainer } from '@nestjs/core';
import { shown } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { DrainableBullQueue, hasProcessor, isBullQueue } from './bull-worker.js';
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
      if (!isBullMQWorker(worker) && !isBullQueue(worker)) {
        throw new HireFireConfigError(
          `drainOnShutdown: workers[${index}] is neither a Worker of BullMQ nor a Queue of Bull, but ${shown(worker)}. Give it ` +
            `what the library's constructor has made.`,
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
      const worker = this.#known.has(candidate) ? undefined : this.#workerOf(candidate);
      if (worker) {
        this.#known.set(candidate, worker);
      }
    }
  }

  #workerOf(candidate: unknown): DrainableWorker | undefined {
    if (isBullMQWorker(candidate)) {
      return new DrainableBullMQWorker(candidate, this.options.name);
    }
    return isBullQueue(candidate) && hasProcessor(candidate) ? new DrainableBullQueue(candidate) : undefined;
  }

  async allClosed(): Promise<void> {
    await Promise.all(this.all.map(({ closed }) => closed));
  }
}
