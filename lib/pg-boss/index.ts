export { PgBossProc, type PgBossLike } from './pg-boss.proc.js';
