import { Module } from '@nestjs/common';
import { Redis } from 'ioredis';
import { HireFireModule } from 'nestjs-hirefire';
import { PROCS, REDIS } from './procs.js';

@Module({
  imports: [HireFireModule.forRoot()],
  providers: [
    { provide: REDIS, useFactory: () => new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379') },
    ...PROCS,
  ],
})
export class AppModule {}
