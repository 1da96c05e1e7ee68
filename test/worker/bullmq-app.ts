/** A worker process of the tests: a Nest app that drains, whose jobs do what their data says. */
import 'reflect-metadata';
import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Module, type Type } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { resolve } from 'node:path';
import { isObject } from '../../lib/hirefire.unknown.js';
import { Hooks, startApp, task, work } from './jobs.js';
import type { WorkerQueue } from './worker-process.js';

const bullmq = task.major === 5 ? await import('bullmq-5') : await import('bullmq');

/** Three parameters, or BullMQ would give it no signal. */
function run(job: Job, token?: string, signal?: AbortSignal): Promise<unknown> {
  return work(job, {
    queue: job.queueName,
    signal,
    progress: (progress) => job.updateProgress(progress),
    add: () => app.get<Queue>(getQueueToken(job.queueName)).add('added', { how: 'ends' }, { jobId: 'added' }),
    delay: async () => {
      await job.moveToDelayed(Date.now() + 3_600_000, token);
      throw new bullmq.DelayedError();
    },
  });
}

function processorOf({ name, options }: WorkerQueue): Type<WorkerHost> {
  @Processor(name, options ?? {})
  class TestProcessor extends WorkerHost {
    process(job: Job, token?: string, signal?: AbortSignal): Promise<unknown> {
      return run(job, token, signal);
    }
  }
  return TestProcessor;
}

/** Registers a queue, with the workers that come with it. */
function registration({ name, worker, options }: WorkerQueue): object {
  switch (worker) {
    case 'processors':
      return { name, processors: [run] };
    case 'file':
    case 'thread':
      return {
        name,
        processors: [{ path: resolve('test/worker/sandbox.cjs'), useWorkerThreads: worker === 'thread', ...options }],
      };
    default:
      return { name };
  }
}

Reflect.set(BullModule, 'queueClass', bullmq.Queue);
Reflect.set(BullModule, 'workerClass', bullmq.Worker);
// BullMQ 5.10 knows no `url`.
const { hostname: host, port } = new URL(task.url);
const connection = { host, port: Number(port) };

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
      run,
      { connection, prefix: task.prefix, ...options },
    ]);
    return isObject(worker) ? worker : {};
  });

const app = await startApp(WorkerModule, byHand);
