export { PgBossProc, type PgBossLike } from './pg-boss.proc.js';
export type { SchemaOptions } from '../postgres/postgres-queue-proc.js';
