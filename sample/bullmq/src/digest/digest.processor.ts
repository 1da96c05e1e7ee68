import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { digestFile, Results, type FileJob } from '#shared';
import { WORKER_OPTIONS } from '../queues.module.js';

@Processor('digest', WORKER_OPTIONS)
export class DigestProcessor extends WorkerHost {
  constructor(private readonly results: Results) {
    super();
  }

  override async process({ data }: Job<FileJob>): Promise<void> {
    await digestFile(data, this.results);
  }
}
