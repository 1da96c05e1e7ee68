import { createReadStream, createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { FileJob } from './file-job.js';
import type { Results } from './results.js';

/** Gzips one file to `gz/<path>.gz`, and lists it in `compressed.jsonl`. */
export async function compressFile({ folder, path }: FileJob, results: Results): Promise<void> {
  const source = createReadStream(join(folder, path));
  const archive = await results.pathOf(`gz/${path}.gz`);
  const target = createWriteStream(`${archive}.part`);
  await pipeline(source, createGzip(), target);
  // A worker that was killed leaves a .part behind, which the next attempt writes anew: never half an archive.
  await rename(`${archive}.part`, archive);
  await results.append('compressed.jsonl', { path, from: source.bytesRead, to: target.bytesWritten });
}
