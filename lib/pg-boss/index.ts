export type { SchemaOptions } from '../postgres/postgres-queue-proc.js';
export { PgBossProc, type PgBossLike, type SqlExecutor } from './pg-boss.proc.js';
