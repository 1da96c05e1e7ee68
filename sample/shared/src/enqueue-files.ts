import { Logger } from '@nestjs/common';
import { realpath } from 'node:fs/promises';
import type { FileJob } from './file-job.js';
import { filesBelow } from './files-below.js';

const JOBS_PER_ROUND_TRIP = 250;

/**
 * Has a job added for every file below a folder.
 *
 * @param add - adds some jobs to every queue
 */
export async function enqueueFilesBelow(
  folder = 'node_modules',
  add: (jobs: FileJob[]) => Promise<unknown>,
): Promise<void> {
  const root = await realpath(folder);
  const jobs = (await filesBelow(root)).map((path) => ({ folder: root, path }));
  for (let start = 0; start < jobs.length; start += JOBS_PER_ROUND_TRIP) {
    await add(jobs.slice(start, start + JOBS_PER_ROUND_TRIP));
  }
  new Logger('Enqueue').log(`${jobs.length} files of ${root}, each for every queue`);
}
