import type { Job, Queue } from 'bull';

/** What a queue's numbers have to be: found by asking Bull for every job, not by asking Redis cleverly. */
export interface Expected {
  readonly size: number;
  readonly sizeWithoutActive: number;
  readonly latency: number;
}

export async function expectedOf(queue: Queue): Promise<Expected> {
  const now = Date.now();
  const active = (await queue.getActive()).length;
  if (await queue.isPaused()) {
    return { size: active, sizeWithoutActive: 0, latency: 0 };
  }
  const waiting = await queue.getWaiting();
  const delayed = await queue.getDelayed();
  const dueTimes = (await Promise.all(delayed.map((job) => dueTime(queue, job)))).filter((due) => due <= now);

  const ready = waiting.length + dueTimes.length;
  const oldest = Math.min(...waiting.map((job) => readyTime(job, now)), ...dueTimes);
  return {
    size: ready + active,
    sizeWithoutActive: ready,
    latency: ready === 0 ? 0 : Math.max(now - oldest, 1) / 1000,
  };
}

/** The one thing that Bull's API does not tell: when a job whose back-off runs will be due. */
async function dueTime(queue: Queue, job: Job): Promise<number> {
  return Math.floor(Number(await queue.client.zscore(queue.toKey('delayed'), `${job.id}`)) / 4096);
}

function readyTime(job: Job, now: number): number {
  const { attemptsMade, opts } = job.toJSON();
  const retriedOn: unknown = Reflect.get(job, 'retriedOn');
  if (job.processedOn) {
    const backOff = attemptsMade === 0 ? 0 : backOffOf(opts.backoff, attemptsMade);
    return backOff === undefined ? now : job.processedOn + backOff;
  }
  if (typeof retriedOn === 'number') {
    return retriedOn;
  }
  // Retried in bulk: Bull does not keep when.
  return attemptsMade > 0 ? now : job.timestamp + (opts.delay ?? 0);
}

function backOffOf(backoff: Job['opts']['backoff'], attemptsMade: number): number | undefined {
  if (typeof backoff !== 'object') {
    return backoff ?? 0;
  }
  const delay = backoff.delay ?? 0;
  switch (backoff.type) {
    case 'fixed':
      return delay;
    case 'exponential':
      return Math.round((2 ** attemptsMade - 1) * delay);
    default:
      return undefined;
  }
}
