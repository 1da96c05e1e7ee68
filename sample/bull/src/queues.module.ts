import { BullModule } from '@nestjs/bull';
import { Module } from '@nestjs/common';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The queues, for every process of the app. */
@Module({
  imports: [
    BullModule.forRoot({
      url,
      // Heroku's Redis has a self-signed certificate.
      redis: url.startsWith('rediss:') ? { tls: { rejectUnauthorized: false } } : {},
      prefix: process.env.QUEUE_PREFIX ?? 'bull',
      // Looks more often than by default for jobs whose worker was killed. Its lock on them lasts for 30 seconds.
      settings: { stalledInterval: 5_000 },
      defaultJobOptions: { attempts: 3, backoff: 1_000, removeOnComplete: true },
    }),
    BullModule.registerQueue({ name: 'compress' }, { name: 'digest' }),
  ],
  exports: [BullModule],
})
export class QueuesModule {}
