/** `node dist/enqueue.js <folder>`: two jobs for every file below a folder, in the queue that fits. */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { RedisModule } from './redis.module.js';
import { RqQueue, type RqCall } from './rq.queue.js';

const JOBS_PER_ROUND_TRIP = 250;
const BIG = 1_000_000;

@Module({ imports: [RedisModule], providers: [RqQueue] })
class EnqueueModule {}

const folder = await realpath(process.argv[2] ?? 'node_modules');
const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

/** Digests are short and go first; compressing takes longer and goes last. */
const jobs: Record<'high' | 'default' | 'low', RqCall[]> = { high: [], default: [], low: [] };
for (const file of files) {
  const place = join(file.parentPath, file.name);
  const args = [folder, relative(folder, place)];
  jobs.high.push({ func: 'jobs.digest', args });
  jobs[(await stat(place)).size < BIG ? 'default' : 'low'].push({ func: 'jobs.compress', args });
}

const app = await NestFactory.createApplicationContext(EnqueueModule);
const queue = app.get(RqQueue);
for (const [name, calls] of Object.entries(jobs)) {
  for (let start = 0; start < calls.length; start += JOBS_PER_ROUND_TRIP) {
    await queue.enqueue(name, calls.slice(start, start + JOBS_PER_ROUND_TRIP));
  }
}
await app.close();
console.log(`${files.length} files of ${folder}, with two jobs each`);
