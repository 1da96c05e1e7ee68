import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { HireFireModule } from 'nestjs-hirefire';
import { PROCS } from './procs.js';

@Module({
  imports: [
    BullModule.forRoot({
      connection: { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379' },
      prefix: process.env.BULL_PREFIX ?? 'bull',
    }),
    BullModule.registerQueue({ name: 'mail' }, { name: 'images' }, { name: 'idle' }),
    HireFireModule.forRoot(),
  ],
  providers: PROCS,
})
export class AppModule {}
