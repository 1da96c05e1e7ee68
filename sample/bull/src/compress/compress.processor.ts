import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { compressFile, Results, type FileJob } from '#shared';

@Processor('compress')
export class CompressProcessor {
  constructor(private readonly results: Results) {}

  @Process({ concurrency: 4 })
  async compress({ data }: Job<FileJob>): Promise<void> {
    await compressFile(data, this.results);
  }
}
