import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The Redis that every process of the app shares, and how jobs are treated in it. */
@Module({
  imports: [
    BullModule.forRoot({
      url,
      // Heroku's Redis shows a certificate that it has signed itself.
      redis: url.startsWith('rediss:') ? { tls: { rejectUnauthorized: false } } : {},
      prefix: process.env.QUEUE_PREFIX ?? 'bull',
      // The job of a worker that was killed is taken over within 10 seconds; by default it takes up to a minute.
      settings: { lockDuration: 5_000, stalledInterval: 2_500 },
      defaultJobOptions: { attempts: 3, backoff: 1_000, removeOnComplete: true },
    }),
  ],
})
export class QueuesModule {}
