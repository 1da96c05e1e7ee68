import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { digestFile, type FileJob } from './jobs.js';

@Processor('digest')
export class DigestProcessor {
  @Process({ concurrency: 4 })
  async digest({ data }: Job<FileJob>): Promise<void> {
    await digestFile(data);
  }
}
