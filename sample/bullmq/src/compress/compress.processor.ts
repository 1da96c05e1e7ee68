import { Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { compressFile, Results, type FileJob } from '#shared';
import { WORKER_OPTIONS } from '../queues.module.js';

@Processor('compress', WORKER_OPTIONS)
export class CompressProcessor extends WorkerHost {
  constructor(private readonly results: Results) {
    super();
  }

  override async process({ data }: Job<FileJob>): Promise<void> {
    await compressFile(data, this.results);
  }
}
