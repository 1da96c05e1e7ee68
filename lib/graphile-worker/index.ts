export type { SchemaOptions } from '../postgres/postgres-queue-proc.js';
export { GraphileWorkerProc, type PgPoolLike, type WorkerUtilsLike } from './graphile-worker.proc.js';
