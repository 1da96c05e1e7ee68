/** Worker processes whose Redis is down or frozen when they end: the time-outs of a test are how long they may take. */
import { afterAll, describe, expect, it } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { RedisServer } from '../../tools/redis-server.js';
import { WorkerProcess } from './worker-process.js';

const BY_SIGTERM = { code: null, signal: 'SIGTERM' };
/** A grace that no test outlasts. */
const LONG = 3600;

const servers: RedisServer[] = [];

afterAll(() => Promise.all(servers.map((server) => server.stop())));

/** A worker process with an idle queue and one that runs a job, unless the test needs none. */
async function start(
  major: 4 | 6,
  grace: number,
  hasJob: boolean,
  hasOwnTime = false,
): Promise<{ redis: RedisServer; worker: WorkerProcess }> {
  const redis = await RedisServer.start();
  servers.push(redis);
  if (hasJob) {
    const connection = { host: '127.0.0.1', port: redis.port };
    const queue = major === 4 ? new Bull('mail', { redis: connection }) : new Queue('mail', { connection });
    await (queue instanceof Queue ? queue.add('test', {}, { jobId: 'job' }) : queue.add({}, { jobId: 'job' }));
    await queue.close();
  }
  const queues = [{ name: 'mail' }, { name: 'idle' }];
  const worker = await WorkerProcess.start({ major, url: redis.url, queues, options: { grace }, hasOwnTime });
  if (hasJob) {
    await worker.runs('mail');
  }
  return { redis, worker };
}

const lastLine = ({ lines }: WorkerProcess): string | undefined =>
  lines.findLast((line) => / ended, \d/.test(line))?.replace(/^.*\] /, '');

describe.each([
  { library: 'BullMQ', major: 6 },
  { library: 'Bull', major: 4 },
] as const)('a worker of $library', ({ major }) => {
  it.concurrent('without a job does not wait for a Redis that is down', async () => {
    const { redis: server, worker } = await start(major, LONG, false);
    await server.kill();
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(lastLine(worker)).toBe('0 jobs ended, 0 were handed back.');
  });

  it.concurrent('without a job does not wait for a Redis that is frozen', async () => {
    const { redis: server, worker } = await start(major, LONG, false);
    server.freeze();
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(lastLine(worker)).toBe('0 jobs ended, 0 were handed back.');
  });

  it.concurrent('names the jobs and the error when Redis is down at the end', async () => {
    const { redis: server, worker } = await start(major, 0, true);
    await server.kill();
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(lastLine(worker)).toBe(
      `0 jobs ended, 0 were handed back. 1 (mail job) was not: the connection to Redis is down: nothing ` +
        `listens at its host and port (ECONNREFUSED). Another worker starts them once their locks have expired, and counts a stall.`,
    );
  });

  it.concurrent('names the jobs when Redis is frozen at the end', async () => {
    const { redis: server, worker } = await start(major, 0, true);
    server.freeze();
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(lastLine(worker)).toBe(
      '0 jobs ended, 0 were handed back. 1 (mail job) was not: Redis did not answer. Another worker starts them once their ' +
        'locks have expired, and counts a stall.',
    );
  });

  it.concurrent('hands its job back to a Redis that was frozen meanwhile', async () => {
    const { redis: server, worker } = await start(major, LONG, true, true);
    server.freeze();
    worker.kill();
    await worker.writes(/SIGTERM/);
    server.thaw();
    worker.pass((LONG + 2) * 1_000);

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(lastLine(worker)).toBe('0 jobs ended, 1 (mail job) was handed back.');
  });
});
