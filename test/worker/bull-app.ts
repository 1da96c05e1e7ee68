/** A worker process of Bull 4. */
import 'reflect-metadata';
import { BullModule, getQueueToken, Process, Processor } from '@nestjs/bull';
import { Module, type Type } from '@nestjs/common';
import Bull, { type Job, type Queue, type QueueOptions } from 'bull';
import { resolve } from 'node:path';
import { Hooks, startApp, task, work } from './jobs.js';
import type { WorkerQueue } from './worker-process.js';

const concurrencyOf = ({ options }: WorkerQueue): number => Number(options?.concurrency ?? 1);
const { hostname: host, port } = new URL(task.url);
const place: QueueOptions = {
  redis: { host, port: Number(port) },
  ...(task.prefix === undefined ? {} : { prefix: task.prefix }),
};

function run(job: Job): Promise<unknown> {
  const queue = job.queue.name;
  return work(job, {
    queue,
    progress: (progress) => job.progress(progress),
    add: () => app.get<Queue>(getQueueToken(queue)).add({ how: 'ends' }, { jobId: 'added' }),
  });
}

function processorOf(queue: WorkerQueue): Type {
  @Processor(queue.name)
  class TestProcessor {
    @Process({ concurrency: concurrencyOf(queue) })
    run(job: Job): Promise<unknown> {
      return run(job);
    }
  }
  return TestProcessor;
}

/** Registers a queue, with the workers that come with it. */
function registration({ name, worker, options }: WorkerQueue): object {
  const processors = { processors: [run], file: [resolve('test/worker/sandbox.cjs')] };
  return worker === 'processors' || worker === 'file' ? { name, processors: processors[worker] } : { name, ...options };
}

@Module({
  imports: [BullModule.forRoot(place), ...task.queues.map((queue) => BullModule.registerQueue(registration(queue)))],
  providers: [Hooks, ...task.queues.filter(({ worker = '@Processor' }) => worker === '@Processor').map(processorOf)],
})
class WorkerModule {}

const byHand = task.queues
  .filter(({ worker }) => worker === 'by hand')
  .map((queue) => {
    const made = new Bull(queue.name, place);
    void made.process(concurrencyOf(queue), run);
    return made;
  });

const app = await startApp(WorkerModule, byHand);
