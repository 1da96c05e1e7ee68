import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { digestFile, Results, type FileJob } from '#shared';

@Processor('digest')
export class DigestProcessor {
  constructor(private readonly results: Results) {}

  @Process({ concurrency: 4 })
  async digest({ data }: Job<FileJob>): Promise<void> {
    await digestFile(data, this.results);
  }
}
