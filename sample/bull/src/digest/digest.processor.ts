import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileJob } from '../file-job.js';
import { Results } from '../results.js';

/** Lists the SHA-256 of one file in `digests.jsonl`. */
@Processor('digest')
export class DigestProcessor {
  constructor(private readonly results: Results) {}

  @Process({ concurrency: 4 })
  async digest({ data: { folder, path } }: Job<FileJob>): Promise<void> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(join(folder, path)), hash);
    await this.results.append('digests.jsonl', { path, sha256: hash.digest('hex') });
  }
}
