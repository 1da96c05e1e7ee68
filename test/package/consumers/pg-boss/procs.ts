/** Procs over queues of pg-boss and tasks of graphile-worker, as a user writes them. */
import { Inject } from '@nestjs/common';
import { HireFireProc } from 'nestjs-hirefire';
import { GraphileWorkerProc } from 'nestjs-hirefire/graphile-worker';
import { PgBossProc } from 'nestjs-hirefire/pg-boss';
import { Pool } from 'pg';
import PgBoss from 'pg-boss';

@HireFireProc('worker')
export class WorkerProc extends PgBossProc {
  constructor(@Inject(PgBoss) boss: PgBoss) {
    super(boss, 'mail', 'images');
  }
}

@HireFireProc('lean', { skipActive: true })
export class LeanProc extends PgBossProc {
  constructor(@Inject(PgBoss) boss: PgBoss) {
    super(boss, 'mail', 'images');
  }
}

@HireFireProc('backlog', { metric: 'latency' })
export class BacklogProc extends GraphileWorkerProc {
  constructor(@Inject(Pool) pool: Pool) {
    super(pool, 'images');
  }
}

@HireFireProc('idle', { metric: 'latency' })
export class IdleProc extends GraphileWorkerProc {
  constructor(@Inject(Pool) pool: Pool) {
    super(pool, 'idle');
  }
}

export const PROCS = [WorkerProc, LeanProc, BacklogProc, IdleProc];
