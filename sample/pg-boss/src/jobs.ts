/** The work of the jobs, the same for every queue library. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** A job is about one file. Its data travels through PostgreSQL, so it holds the path, not the bytes. */
export interface FileJob {
  /** The absolute path of the folder that was enqueued. */
  folder: string;
  /** The file, relative to the folder. */
  path: string;
}

const OUT = process.env.OUT_DIR ?? 'out';

/** Gzips one file to `gz/<path>.gz`, and lists it in `compressed.jsonl`. */
export async function compressFile({ folder, path }: FileJob): Promise<void> {
  const archive = join(OUT, 'gz', `${path}.gz`);
  await mkdir(dirname(archive), { recursive: true });
  const source = createReadStream(join(folder, path));
  const target = createWriteStream(`${archive}.part`);
  await pipeline(source, createGzip(), target);
  // A killed worker leaves a .part, which the next attempt overwrites: never half an archive.
  await rename(`${archive}.part`, archive);
  await list('compressed.jsonl', { path, from: source.bytesRead, to: target.bytesWritten });
}

/** Lists the SHA-256 of one file in `digests.jsonl`. */
export async function digestFile({ folder, path }: FileJob): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, path)), hash);
  await list('digests.jsonl', { path, sha256: hash.digest('hex') });
}

/** Adds one line to a list that all workers write to: no other append can tear a short one. */
async function list(name: string, record: Record<string, string | number>): Promise<void> {
  await mkdir(OUT, { recursive: true });
  await appendFile(join(OUT, name), `${JSON.stringify(record)}\n`);
}
