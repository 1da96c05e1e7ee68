export { GraphileWorkerProc, type PgPoolLike, type WorkerUtilsLike } from './graphile-worker.proc.js';
