import { Module } from '@nestjs/common';
import { HireFireModule } from 'nestjs-hirefire';
import { Pool } from 'pg';
import PgBoss from 'pg-boss';
import { PROCS } from './procs.js';

const DATABASE_URL = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1/postgres';

@Module({
  imports: [HireFireModule.forRoot()],
  providers: [
    { provide: PgBoss, useFactory: () => new PgBoss(DATABASE_URL).start() },
    { provide: Pool, useFactory: () => new Pool({ connectionString: DATABASE_URL }) },
    ...PROCS,
  ],
})
export class AppModule {}
