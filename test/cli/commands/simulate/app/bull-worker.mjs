/** A worker that adds a line per job to the file `done`, and finishes its job on SIGTERM. */
import { appendFile } from 'node:fs/promises';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import Bull from 'bull';

const queue = new Bull('jobs', process.env.REDIS_URL, { prefix: process.env.QUEUE_PREFIX });
queue.process(async ({ data }) => {
  await sleep(data.ms);
  await appendFile('done', `${data.id}\n`);
});
process.once('SIGTERM', () => void queue.close().then(() => process.exit()));
