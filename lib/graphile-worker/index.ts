export type { SchemaOptions } from '../postgres/postgres-backend.js';
export type { Late } from '../procs/late.js';
export { GraphileWorkerProc, type PgPoolLike, type WorkerUtilsLike } from './graphile-worker.proc.js';
