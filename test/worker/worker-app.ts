/** A worker process of the tests: a Nest app that drains, whose jobs do what their data says. */
import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import {
  Injectable,
  Module,
  type BeforeApplicationShutdown,
  type INestApplicationContext,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Job, Queue } from 'bullmq';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isObject } from '../../lib/hirefire.unknown.js';
import { drainOnShutdown } from '../../lib/worker/index.js';
import type { ToParent, ToWorker, WorkerQueue, WorkerTask } from './worker-process.js';

const task = JSON.parse(process.argv[2] ?? '') as WorkerTask;
const bullmq = task.major === 5 ? await import('bullmq-5') : await import('bullmq');

const send = (message: ToParent): boolean => process.send?.(message) ?? false;

/** Jobs that are to end, and what waits for it. */
const released = new Set<string>();
const waiting = new Map<string, () => void>();

process.on('message', (message: ToWorker) => {
  if (message.type === 'close') {
    void app.close().then(() => send({ type: 'hook', hook: 'closed' }));
  } else {
    const job = `${message.queue} ${message.id}`;
    released.add(job);
    waiting.get(job)?.();
  }
});

async function release(job: string): Promise<void> {
  if (!released.has(job)) {
    await new Promise<void>((go) => waiting.set(job, go));
  }
}

async function work(job: Job, token?: string, signal?: AbortSignal): Promise<unknown> {
  const id = String(job.id);
  const { how } = job.data as { readonly how: string };
  send({ type: 'started', queue: job.queueName, id });
  signal?.addEventListener('abort', () => send({ type: 'aborted', queue: job.queueName, id }));
  const aborted = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()));
  switch (how) {
    case 'returns at its signal':
      return aborted;
    case 'throws at its signal':
      return aborted.then(() => Promise.reject(new Error('aborted')));
    case 'fails':
      return release(`${job.queueName} ${id}`).then(() => Promise.reject(new Error('failed by itself')));
    case 'is moved to delayed':
      await release(`${job.queueName} ${id}`);
      await job.moveToDelayed(Date.now() + 3_600_000, token);
      throw new bullmq.DelayedError();
    case 'writes at its signal':
      await aborted;
      for (let written = 1; ; written++) {
        await job.updateProgress(written);
        await setTimeout(5);
      }
    case 'adds a job':
      await release(`${job.queueName} ${id}`);
      await app.get<Queue>(getQueueToken(job.queueName)).add('added', { how: 'ends' }, { jobId: 'added' });
      return 'done';
    case 'fails at first':
      if (job.attemptsMade === 0) {
        throw new Error('failed at first');
      }
      return release(`${job.queueName} ${id}`);
    case 'ends':
      return 'done';
    default:
      return release(`${job.queueName} ${id}`);
  }
}

@Injectable()
class Hooks implements BeforeApplicationShutdown {
  async beforeApplicationShutdown(signal?: string): Promise<void> {
    send({ type: 'hook', hook: `beforeApplicationShutdown ${signal ?? ''}` });
    if (task.hangs === true) {
      await new Promise(() => undefined);
    }
  }
}

function processorOf({ name, options }: WorkerQueue): Type<WorkerHost> {
  @Processor(name, options ?? {})
  class TestProcessor extends WorkerHost {
    process(job: Job, token?: string, signal?: AbortSignal): Promise<unknown> {
      return work(job, token, signal);
    }
  }
  return TestProcessor;
}

/** Registers a queue, with the workers that come with it. */
function registration({ name, worker, options }: WorkerQueue): object {
  switch (worker) {
    case 'processors':
      return { name, processors: [work] };
    case 'file':
    case 'thread':
      return {
        name,
        processors: [{ path: resolve('test/worker/sandbox.mjs'), useWorkerThreads: worker === 'thread', ...options }],
      };
    default:
      return { name };
  }
}

Reflect.set(BullModule, 'queueClass', bullmq.Queue);
Reflect.set(BullModule, 'workerClass', bullmq.Worker);
const connection = { url: task.url };

@Module({
  imports: [
    BullModule.forRoot({ connection, ...(task.prefix === undefined ? {} : { prefix: task.prefix }) }),
    ...task.queues.map((queue) => BullModule.registerQueue(registration(queue))),
  ],
  providers: [Hooks, ...task.queues.filter(({ worker = '@Processor' }) => worker === '@Processor').map(processorOf)],
})
class WorkerModule {}

const byHand = task.queues
  .filter(({ worker }) => worker === 'by hand')
  .map(({ name, options }) => {
    const worker: unknown = Reflect.construct(bullmq.Worker, [
      name,
      work,
      { connection, prefix: task.prefix, ...options },
    ]);
    return isObject(worker) ? worker : {};
  });

async function start(): Promise<INestApplicationContext> {
  const options = { workers: byHand, ...task.options };
  if (task.app === undefined || task.app === 'context') {
    const context = await NestFactory.createApplicationContext(WorkerModule);
    drainOnShutdown(context, options);
    return context;
  }
  const http = await NestFactory.create(WorkerModule);
  if (task.app === 'before listen') {
    drainOnShutdown(http, options);
  }
  await http.listen(0, '127.0.0.1');
  if (task.app === 'after listen') {
    drainOnShutdown(http, options);
  }
  url = await http.getUrl();
  return http;
}

let url = '';
const app = await start();
if (task.shutdownHooks === true) {
  app.enableShutdownHooks();
}
send({ type: 'ready', url });
