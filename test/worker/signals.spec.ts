/** Worker processes and their signals, whatever their jobs do. */
import { afterAll, describe, expect, it } from '@jest/globals';
import Bull from 'bull';
import { Queue } from 'bullmq';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandRun } from '../support/command-run.js';
import { builtScript } from '../support/script.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import { TcpProxy } from '../support/tcp-proxy.js';
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
/** A service is destroyed once no job needs it any more. */
const orderOf = ({ messages }: WorkerProcess): readonly string[] =>
  messages.flatMap(({ type }) => (type === 'ready' ? [] : [type]));
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
    expect(orderOf(worker)).toEqual(['started', 'ended', 'destroyed', 'hook']);
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
      expect(orderOf(worker)).toEqual(['started', 'ended', 'destroyed', 'hook']);
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

describe.each([
  { major: 4, slowness: 0 },
  { major: 5, slowness: 0 },
  { major: 6, slowness: 0 },
  { major: 4, slowness: 30 },
  { major: 6, slowness: 30 },
])('a worker of major $major that is fetching over a line that takes $slowness ms', ({ major, slowness }) => {
  it.concurrent('leaves no job behind', async () => {
    const name = `fetching ${major} ${slowness}`;
    const { host, port } = redisAccess();
    const line = await TcpProxy.reserve(port, slowness);
    await line.start();
    const worker = await start(name, {
      major,
      url: `redis://${host}:${line.port}`,
      queues: [{ name, options: { concurrency: 5 } }],
    });
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
    await line.stop();
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
    const worker = await startJob('twice', { options: { grace: 3600 }, hasOwnTime: true });
    worker.kill();
    await worker.writes(/SIGTERM/);
    worker.kill('SIGINT');
    worker.pass(1_000);
    // One that comes before the time has passed is a first one that is passed on.
    const again = setInterval(() => worker.kill(), 100).unref();
    await worker.sees(() => worker.messages.some(({ type }) => type === 'aborted'));
    clearInterval(again);
    worker.pass(2_000);

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(await records.history('twice')).toEqual(['waiting', 'active', 'waiting']);
  });

  it.concurrent('ends although a hook hangs', async () => {
    const worker = await start('hangs', { hangs: true, options: { grace: 0 } });
    worker.kill();

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect(drainLines(worker).at(-1)).toBe('The app was not closed: its hooks hang');
  });

  it.concurrent('ends once, when all jobs of two apps have ended, and closes both', async () => {
    const worker = await startJob('two apps', { hasSecondApp: true });
    await records.add('two apps', 'holds', { jobId: 'other' });
    await worker.runs('two apps', 'other');
    worker.kill();
    await worker.writes(/SIGTERM/);
    worker.release('two apps');
    await worker.writes(/ were handed back/);
    worker.release('two apps', 'other');

    expect(await worker.ended).toEqual(BY_SIGTERM);
    expect([...orderOf(worker)].sort()).toEqual([
      ...['destroyed', 'destroyed', 'ended', 'ended', 'hook', 'hook', 'started', 'started'],
    ]);
    expect(hooksOf(worker)).toEqual(Array(2).fill('beforeApplicationShutdown SIGTERM'));
    expect(drainLines(worker).slice(-2)).toEqual(Array(2).fill('1 job ended, 0 were handed back.'));
    expect(await records.history('two apps', 'other')).toEqual(['waiting', 'active', 'completed']);
  });

  it.concurrent('leaves the grace as it is when npm passes the signal on', async () => {
    await records.add('npm', 'holds');
    const { url, prefix } = records;
    const task: WorkerTask = {
      ...{ major: 6, url, prefix, queues: [{ name: 'npm' }] },
      ...{ options: { grace: 3600 }, hasOwnTime: true },
    };
    const folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-npm-'));
    const start = `node ${builtScript('test/worker/bullmq-app.ts')} '${JSON.stringify(task)}'`;
    await writeFile(join(folder, 'package.json'), JSON.stringify({ scripts: { start } }));
    const npm = CommandRun.start('npm', ['start', '--silent', '--script-shell', '/bin/bash'], {
      cwd: folder,
      env: { ...process.env, NO_COLOR: '1', npm_config_cache: folder, npm_config_update_notifier: 'false' },
    });
    await Promise.all(['ready', 'started'].map((type) => npm.line(new RegExp(`"type":"${type}"`))));
    const pid = Number(/(?<=\[Nest\] )\d+/.exec(npm.text)?.[0]);
    process.kill(pid, 'SIGTERM');
    const first = await npm.line(/"type":"signal"/);
    process.kill(npm.pid, 'SIGTERM');
    await npm.line(/"type":"signal"/, npm.output.indexOf(first) + 1);
    process.kill(pid, 'SIGUSR2');
    await npm.gone();

    expect(npm.text).not.toMatch(/"type":"aborted"/);
    expect(npm.text).toMatch(/ 1 job ended, 0 were handed back\.$/m);
    expect(await records.history('npm')).toEqual(['waiting', 'active', 'completed']);
    await rm(folder, { recursive: true });
  });
});
