export type { SchemaOptions } from '../postgres/postgres-backend.js';
export type { Late } from '../procs/late.js';
export { PgBossProc, type PgBossLike, type SqlExecutor } from './pg-boss.proc.js';
