/** Replays many managers on all cores. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Replayed, ReplaySettings } from './replay.js';
import type { WorkerManager } from '../hirefire/managers/schema.js';
import type { Jobs } from './workload.js';

export interface ReplayThread {
  readonly jobs: Jobs;
  readonly settings: Omit<ReplaySettings, 'manager'>;
}

export class ReplayPool {
  readonly #workers: readonly Worker[];
  readonly #failure: Promise<never>;

  /**
   * @param file - the built replay-worker.ts
   * @param onReplayed - called once per manager
   */
  constructor(
    file: string,
    thread: ReplayThread,
    private readonly onReplayed: () => void = () => undefined,
  ) {
    this.#workers = Array.from({ length: availableParallelism() }, () => new Worker(file));
    this.#failure = new Promise((_, reject) => this.#workers.forEach((worker) => worker.on('error', reject)));
    // It may come while nothing is asked; the next question gets it.
    this.#failure.catch(() => undefined);
    this.#workers.forEach((worker) => worker.postMessage(thread));
  }

  /**
   * In the order of the managers.
   *
   * @throws the error of a thread
   */
  async replayAll(managers: readonly WorkerManager[]): Promise<Replayed[]> {
    const replays: Replayed[] = [];
    // The threads share the iterator: each takes the next manager.
    const left = managers.entries();
    const work = this.#workers.map(async (worker) => {
      for (const [place, manager] of left) {
        replays[place] = await replayedBy(worker, manager);
        this.onReplayed();
      }
    });
    await Promise.race([Promise.all(work), this.#failure]);
    return replays;
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}

function replayedBy(worker: Worker, manager: WorkerManager): Promise<Replayed> {
  return new Promise((resolve) => {
    worker.once('message', (replayed: Replayed) => resolve(replayed));
    worker.postMessage(manager);
  });
}
