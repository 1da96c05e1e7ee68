import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';

/** The Redis that every process of the app shares, and how jobs are treated in it. */
@Module({
  imports: [
    BullModule.forRoot({
      connection: {
        url,
        // Heroku's Redis shows a certificate that it has signed itself.
        ...(url.startsWith('rediss:') && { tls: { rejectUnauthorized: false } }),
      },
      // Not `bull`, BullMQ's default: an app on Bull can live in the same Redis.
      prefix: process.env.QUEUE_PREFIX ?? 'bullmq',
      defaultJobOptions: { attempts: 3, backoff: 1_000, removeOnComplete: true },
    }),
  ],
})
export class QueuesModule {}

/** How every worker takes jobs. */
export const WORKER_OPTIONS = {
  concurrency: 4,
  // Looked for more often than by default: jobs whose worker was killed. Its lock on them lasts for 30 seconds.
  stalledInterval: 5_000,
};
