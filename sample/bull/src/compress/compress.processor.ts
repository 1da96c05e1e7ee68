import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { FileJob } from '../file-job.js';
import { Results } from '../results.js';

/** Gzips one file to `gz/<path>.gz`, and lists it in `compressed.jsonl`. */
@Processor('compress')
export class CompressProcessor {
  constructor(private readonly results: Results) {}

  @Process({ concurrency: 4 })
  async compress({ data: { folder, path } }: Job<FileJob>): Promise<void> {
    const source = createReadStream(join(folder, path));
    const archive = await this.results.pathOf(`gz/${path}.gz`);
    const target = createWriteStream(`${archive}.part`);
    await pipeline(source, createGzip(), target);
    // A worker that was killed leaves a .part behind, which the next attempt writes anew: never half an archive.
    await rename(`${archive}.part`, archive);
    await this.results.append('compressed.jsonl', { path, from: source.bytesRead, to: target.bytesWritten });
  }
}
