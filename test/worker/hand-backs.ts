/**
 * `npx tsx test/worker/hand-backs.ts` measures how soon another worker starts jobs that are handed back: ten jobs go through eleven worker
 * processes, each of which is stopped without a grace. Counts from the hand-back's own time, two seconds after the signal.
 */
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { loadavg } from 'node:os';
import { RedisServer } from '../../tools/redis-server.js';
import { WorkerProcess } from './worker-process.js';

const JOBS = Array.from({ length: 10 }, (_, index) => `job${index}`);
const ROUNDS = 10;
const ABORT_TIME = 2_000;

async function add(major: number, url: string): Promise<void> {
  const queue = major === 4 ? new Bull('mail', url) : new Queue('mail', { connection: { url } });
  for (const jobId of JOBS) {
    await (queue instanceof Queue ? queue.add('test', {}, { jobId }) : queue.add({}, { jobId }));
  }
  await queue.close();
}

async function measure(major: number): Promise<void> {
  const server = await RedisServer.start();
  const redis = new Redis(server.url);
  const fields = (...names: string[]) => Promise.all(JOBS.map((id) => redis.hmget(`bull:mail:${id}`, ...names)));
  const start = (): Promise<WorkerProcess> =>
    WorkerProcess.start({
      ...{ major, url: server.url, options: { grace: 0 } },
      queues: [{ name: 'mail', options: { concurrency: JOBS.length } }],
    });
  const runAll = (worker: WorkerProcess) => Promise.all(JOBS.map((id) => worker.runs('mail', id)));
  await add(major, server.url);
  const times: number[] = [];
  let worker = await start();
  for (let round = 0; round < ROUNDS; round++) {
    await runAll(worker);
    const next = await start();
    const signalledAt = Date.now();
    worker.kill();
    await runAll(next);
    const starts = await fields('processedOn');
    times.push(...starts.map(([startedAt]) => Number(startedAt) - signalledAt - ABORT_TIME));
    await worker.ended;
    worker = next;
  }
  const counts = (await fields('stc', 'stalledCounter', 'atm', 'attemptsMade')).flat().map(Number);
  worker.kill('SIGKILL');
  redis.disconnect();
  await server.stop();

  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.ceil(share * times.length) - 1] ?? NaN;
  process.stdout.write(
    `${major === 4 ? 'Bull' : 'BullMQ'} ${major}: ${times.length} hand-backs; started again after ${at(0.5)} ms in the median, ` +
      `${at(0.99)} ms at p99, ${at(1)} ms at most; stalls and attempts: ${Math.max(...counts)}; load ${loadavg()[0]?.toFixed(1)}\n`,
  );
}

for (const major of [4, 5, 6]) {
  await measure(major);
}
