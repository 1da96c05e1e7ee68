/** Worker processes and their signals, whatever their jobs do. */
import { afterAll, describe, expect, it } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { BullMQRecords } from './bullmq-records.js';
import { WorkerProcess, type WorkerTask } from './worker-process.js';

const records = new BullMQRecords(redisUrl());
const BY_SIGTERM = { code: null, signal: 'SIGTERM' };

afterAll(() => records.close());

/** A process with one queue, whose name no other test has. */
async function start(name: string, task: Partial<WorkerTask> = {}): Promise<WorkerProcess> {
  const { url, prefix } = records;
  return WorkerProcess.start({ major: 6, url, prefix, queues: [{ name }], ...task });
}

async function startJob(name: string, task: Partial<WorkerTask> = {}): Promise<WorkerProcess> {
  await records.add(name, 'holds');
  const worker = await start(name, task);
  await worker.runs(name);
  return worker;
}

const hooksOf = ({ messages }: WorkerProcess): readonly string[] =>
  messages.flatMap((message) => (message.type === 'hook' ? [message.hook] : []));
const drainLines = ({ lines }: WorkerProcess): readonly string[] =>
  lines.filter((line) => line.includes('[drainOnShutdown]')).map((line) => line.replace(/^.*\] /, ''));

describe.each(['before listen', 'after listen'] as const)('called %s()', (app) => {
  it.concurrent('lets an HTTP server answer until the job has ended, and ends by the signal', async () => {
    const worker = await startJob(app, { app });
    worker.kill('SIGINT');
    await worker.writes(/SIGINT: no worker starts another job/);
    const { status } = await fetch(worker.url);
    worker.release(app);

    expect({ status, ending: await worker.ended }).toEqual({ status: 404, ending: { code: null, signal: 'SIGINT' } });
    expect(hooksOf(worker)).toEqual(['beforeApplicationShutdown SIGINT']);
    expect(drainLines(worker)).toEqual([
      `SIGINT: no worker starts another job. 1 job has 24 s to end: ${app} job`,
      '1 job ended, 0 were handed back.',
    ]);
  });
});

describe.each([10, 11, undefined] as const)('on Nest %d', (nest) => {
  it.concurrent.each(['context', 'before listen', 'after listen', 'microservice', 'hybrid'] as const)(
    '%s',
    async (app) => {
      const name = `${app} of Nest ${nest}`;
      const queue = new Bull(name, { redis: redisAccess(), prefix: records.prefix });
      await queue.add({}, { jobId: 'job' });
      const worker = await start(name, { major: 4, app, ...(nest && { nest }) });
      await worker.runs(name);
      worker.kill();
      await worker.writes(/SIGTERM: no worker starts another job/);
      worker.release(name);

      expect(await worker.ended).toEqual(BY_SIGTERM);
      // Nest's microservices do not hand the signal on.
      expect(hooksOf(worker)).toEqual([`beforeApplicationShutdown ${app === 'microservice' ? '' : 'SIGTERM'}`]);
      expect(drainLines(worker).at(-1)).toBe('1 job ended, 0 were handed back.');
      await expect(queue.getCompletedCount()).resolves.toBe(1);
      await queue.close();
    },
  );

  it.concurrent('warns of shutdown hooks, and leaves an app alone that closed itself', async () => {
    const name = `hooks of Nest ${nest}`;
    const queue = new Bull(name, { redis: redisAccess(), prefix: records.prefix });
    await queue.add({ how: 'ends' }, { jobId: 'job' });
    const worker = await start(name, { major: 4, ...(nest && { nest }), shutdownHooks: true });
    // Bull itself crashes when it is closed before it has begun.
    await worker.runs(name);
    await queue.close();
    worker.send({ type: 'close' });
    await worker.sees(() => hooksOf(worker).includes('closed'));
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(hooksOf(worker)).toEqual(['beforeApplicationShutdown ', 'closed']);
    expect(drainLines(worker)[0]).toMatch(/^app\.enableShutdownHooks\(\) closes the app at the signal/);
  });

  it.concurrent('lets the hooks of an app that closes itself run to their end, and once', async () => {
    const name = `closing of Nest ${nest}`;
    const queue = new Bull(name, { redis: redisAccess(), prefix: records.prefix });
    await queue.add({ how: 'ends' }, { jobId: 'job' });
    const worker = await start(name, { major: 4, ...(nest && { nest }), hangs: true });
    await worker.runs(name);
    await queue.close();
    worker.send({ type: 'close' });
    await worker.sees(() => hooksOf(worker).includes('hangs'));
    worker.kill();
    await worker.writes(/ were handed back/);
    worker.release('hook');

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(hooksOf(worker).filter((hook) => hook !== 'closed')).toEqual(['hangs', 'beforeApplicationShutdown ']);
  });
});

describe.each([4, 5, 6])('a worker of major %d that is fetching', (major) => {
  it.concurrent('leaves no job behind', async () => {
    const name = `fetching ${major}`;
    const worker = await start(name, { major, queues: [{ name, options: { concurrency: 5 } }] });
    const queue =
      major === 4
        ? new Bull(name, { redis: redisAccess(), prefix: records.prefix })
        : new Queue(name, { connection: { url: records.url }, prefix: records.prefix });
    for (let count = 0; count < 100; count++) {
      await (queue instanceof Queue ? queue.add('test', { how: 'ends' }) : queue.add({ how: 'ends' }));
      if (count === 20) {
        worker.kill();
      }
    }

    expect(await worker.ended).toEqual(BY_SIGTERM);
    const { active, waiting, completed } = await queue.getJobCounts();
    expect({ active, all: waiting + completed }).toEqual({ active: 0, all: 100 });
    await queue.close();
  });
});

describe('signals', () => {
  it.concurrent.each([4, 5, 6])('ends an idle worker of major %d that has just started', async (major) => {
    const worker = await start(`idle ${major}`, { major });
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(drainLines(worker)).toEqual([
      'SIGTERM: no worker starts another job. No job runs.',
      '0 jobs ended, 0 were handed back.',
    ]);
  });

  it.concurrent('ends the grace at a second signal, but not at one that is passed on', async () => {
    const worker = await startJob('twice', { options: { grace: 3600 } });
    worker.kill();
    await worker.writes(/SIGTERM/);
    worker.kill('SIGINT');
    const again = setInterval(() => worker.kill(), 1_100);

    expect(await worker.ended).toEqual(BY_SIGTERM);
    clearInterval(again);
    expect(await records.history('twice')).toEqual(['waiting', 'active', 'waiting']);
  });

  it.concurrent('ends although a hook hangs', async () => {
    const worker = await start('hangs', { hangs: true, options: { grace: 0 } });
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(drainLines(worker).at(-1)).toBe('The app was not closed: its hooks hang');
  });

  it.concurrent('runs no hook of an app that closed itself', async () => {
    const worker = await start('closed');
    worker.send({ type: 'close' });
    await worker.sees(() => hooksOf(worker).includes('closed'));
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(hooksOf(worker)).toEqual(['beforeApplicationShutdown ', 'closed']);
  });

  it.concurrent('warns of shutdown hooks', async () => {
    const worker = await start('hooks', { shutdownHooks: true });
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(drainLines(worker)[0]).toMatch(/^app\.enableShutdownHooks\(\) closes the app at the signal/);
  });
});
