import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { digestFile, type FileJob } from './jobs.js';

// Looks more often than by default for jobs whose worker was killed. Its lock on them lasts for 30 seconds.
@Processor('digest', { concurrency: 4, stalledInterval: 5_000 })
export class DigestProcessor extends WorkerHost {
  override async process({ data }: Job<FileJob>): Promise<void> {
    await digestFile(data);
  }
}
