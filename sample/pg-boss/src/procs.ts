import { Inject } from '@nestjs/common';
import { HireFireProc } from 'nestjs-hirefire';
import { PgBossProc } from 'nestjs-hirefire/pg-boss';
import { PgBoss } from 'pg-boss';

/** Reports to HireFire the jobs for `compress`, a process of the Procfile. */
@HireFireProc('compress')
export class CompressProc extends PgBossProc {
  constructor(@Inject(PgBoss) boss: PgBoss) {
    super(boss, 'compress');
  }
}

@HireFireProc('digest')
export class DigestProc extends PgBossProc {
  constructor(@Inject(PgBoss) boss: PgBoss) {
    super(boss, 'digest');
  }
}
