import Bull, { type Job, type Queue, type QueueOptions } from 'bull';
import scripts from 'bull/lib/scripts.js';
import { randomUUID } from 'node:crypto';
import { redisUrl } from './redis.js';

/** Real Bull queues for one test file, each under a name of its own, that are emptied and closed together. */
export class BullQueues {
  readonly #open: Queue[] = [];

  create(options: QueueOptions = {}, name = `test-${randomUUID()}`): Queue {
    const queue = new Bull(name, redisUrl(), options);
    this.#open.push(queue);
    return queue;
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#open.map(async (queue) => {
        await empty(queue);
        await queue.close();
      }),
    );
  }
}

export async function empty(queue: Queue): Promise<void> {
  await queue.resume();
  await queue.obliterate({ force: true });
}

/** The next job of a queue, locked as a worker locks it. */
export async function take(queue: Queue): Promise<Job> {
  const job = await queue.getNextJob();
  if (!job) {
    throw new Error(`the queue ${queue.name} has no job to take`);
  }
  return job;
}

export async function fail(job: Job): Promise<void> {
  await job.moveToFailed({ message: 'failed by the test' });
}

/** `queue.retryJobs()`, which Bull's types do not know. */
export async function retryAll(queue: Queue): Promise<void> {
  const retryJobs: unknown = Reflect.get(queue, 'retryJobs');
  if (typeof retryJobs !== 'function') {
    throw new Error('Bull has no retryJobs() any more');
  }
  await Reflect.apply(retryJobs, queue, []);
}

/** What every running worker does on a timer: moves delayed jobs that are due, by then for 1 ms, to the waiting ones. */
export async function moveDueJobs(queue: Queue): Promise<void> {
  await scripts.updateDelaySet(queue, Date.now());
}

/** What every running worker does on a timer: gives the jobs of workers that died back, at the second look. */
export async function moveStalledJobs(queue: Queue): Promise<void> {
  for (let look = 1; look <= 2; look++) {
    await queue.client.del(queue.toKey('stalled-check'));
    await scripts.moveUnlockedJobsToWait(queue);
  }
}
