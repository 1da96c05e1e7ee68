import { STALLED_INTERVAL, work, type Processor, type WorkerTask } from '../contract/jobs/worker-child.js';

const [major, url = ''] = process.argv.slice(2);

if (major === '5') {
  const { Worker } = await import('bullmq-5');
  work((task, processor) => new Worker(task.queue, jobsOf(processor), optionsOf(task)));
} else {
  const { Worker } = await import('bullmq');
  work((task, processor) => new Worker(task.queue, jobsOf(processor), optionsOf(task)));
}

function jobsOf(processor: Processor) {
  return (job: { readonly id?: string; readonly processedOn?: number }) => processor(`${job.id}`, job.processedOn);
}

function optionsOf({ concurrency }: WorkerTask) {
  return { concurrency, stalledInterval: STALLED_INTERVAL, connection: { url } };
}
