import 'reflect-metadata';
import { BullModule, getQueueToken } from '@nestjs/bull';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Queue } from 'bull';
import { readdir, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { FileJob } from './file-job.js';
import { QueuesModule } from './queues.module.js';

const JOBS_PER_ROUND_TRIP = 250;

@Module({ imports: [QueuesModule, BullModule.registerQueue({ name: 'compress' }, { name: 'digest' })] })
class EnqueueModule {}

/** Every file below a folder, relative to it. Symbolic links are not followed. */
async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((file) => relative(folder, join(file.parentPath, file.name)));
}

const folder = await realpath(process.argv[2] ?? 'node_modules');
const paths = await filesBelow(folder);

const app = await NestFactory.createApplicationContext(EnqueueModule);
const queues = ['compress', 'digest'].map((name) => app.get<Queue<FileJob>>(getQueueToken(name)));
for (let start = 0; start < paths.length; start += JOBS_PER_ROUND_TRIP) {
  const jobs = paths.slice(start, start + JOBS_PER_ROUND_TRIP).map((path) => ({ data: { folder, path } }));
  await Promise.all(queues.map((queue) => queue.addBulk(jobs)));
}
await app.close();
new Logger('Enqueue').log(`${paths.length} files of ${folder}: ${paths.length * queues.length} jobs`);
