/** `node dist/enqueue.js <folder>`: a job for every file below a folder, in both queues. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { readdir, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { PgBoss } from 'pg-boss';
import { QueuesModule } from './queues.module.js';

const JOBS_PER_ROUND_TRIP = 250;

const folder = await realpath(process.argv[2] ?? 'node_modules');
const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
const jobs = files.map((file) => ({ folder, path: relative(folder, join(file.parentPath, file.name)) }));

const app = await NestFactory.createApplicationContext(QueuesModule);
const boss = app.get(PgBoss);
for (const name of ['compress', 'digest']) {
  for (let start = 0; start < jobs.length; start += JOBS_PER_ROUND_TRIP) {
    await boss.insert(
      name,
      jobs.slice(start, start + JOBS_PER_ROUND_TRIP).map((data) => ({ data })),
    );
  }
}
await app.close();
console.log(`${jobs.length} files of ${folder}, each in both queues`);
