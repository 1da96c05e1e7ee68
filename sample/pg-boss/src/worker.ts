/** `node dist/worker.js compress` or `digest`: takes the jobs of that queue only. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { PgBoss } from 'pg-boss';
import { compressFile, digestFile, type FileJob } from './jobs.js';
import { QueuesModule } from './queues.module.js';

const BATCH = 10;

const workers = new Map([
  ['compress', compressFile],
  ['digest', digestFile],
]);
const name = process.argv[2] ?? '';
const work = workers.get(name);
if (work === undefined) {
  throw new Error(`Give one of ${[...workers.keys()].join(', ')}, not "${name}".`);
}
const app = await NestFactory.createApplicationContext(QueuesModule);
app.enableShutdownHooks();
// A batch is taken every half second; when one of its jobs fails, pg-boss tries all of them again.
const options = { batchSize: BATCH, pollingIntervalSeconds: 0.5 };
await app.get(PgBoss).work<FileJob>(name, options, async (jobs) => {
  await Promise.all(jobs.map(({ data }) => work(data)));
});
