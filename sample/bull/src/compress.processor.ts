import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { compressFile, type FileJob } from './jobs.js';

@Processor('compress')
export class CompressProcessor {
  @Process({ concurrency: 4 })
  async compress({ data }: Job<FileJob>): Promise<void> {
    await compressFile(data);
  }
}
