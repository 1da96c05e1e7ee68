import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The queues, for every process of the app. */
@Module({
  imports: [
    BullModule.forRoot({
      connection: {
        url,
        // Heroku's Redis has a self-signed certificate.
        ...(url.startsWith('rediss:') && { tls: { rejectUnauthorized: false } }),
      },
      // Not `bull`, BullMQ's default: an app on Bull can live in the same Redis.
      prefix: process.env.QUEUE_PREFIX ?? 'bullmq',
      defaultJobOptions: { attempts: 3, backoff: 1_000, removeOnComplete: true },
    }),
    BullModule.registerQueue({ name: 'compress' }, { name: 'digest' }),
  ],
  exports: [BullModule],
})
export class QueuesModule {}
