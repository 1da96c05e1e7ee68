import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { FileJob } from './file-job.js';
import type { Results } from './results.js';

/** Lists the SHA-256 of one file in `digests.jsonl`. */
export async function digestFile({ folder, path }: FileJob, results: Results): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, path)), hash);
  await results.append('digests.jsonl', { path, sha256: hash.digest('hex') });
}
