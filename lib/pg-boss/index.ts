export type { SchemaOptions } from '../postgres/postgres-backend.js';
export { PgBossProc, type PgBossLike, type SqlExecutor } from './pg-boss.proc.js';
