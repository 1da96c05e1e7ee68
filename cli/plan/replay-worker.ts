/** A thread of ReplayPool: it first gets the jobs, and then replays each manager that it gets. */
import { parentPort } from 'node:worker_threads';
import { replay } from './replay.js';
import type { ReplayThread } from './replay-pool.js';
import type { WorkerManager } from '../hirefire/managers/schema.js';

parentPort?.once('message', ({ jobs, settings }: ReplayThread) => {
  parentPort?.on('message', (manager: WorkerManager) => {
    parentPort?.postMessage(replay(jobs, { ...settings, manager }));
  });
});
