import Bull from 'bull';
import { STALLED_INTERVAL, work } from '../contract/jobs/worker-child.js';

work(({ queue: name, concurrency, redis }, processor) => {
  const queue = new Bull(name, { redis, settings: { stalledInterval: STALLED_INTERVAL } });
  void queue.process(concurrency, (job) => processor(`${job.id}`, job.processedOn));
  return queue;
});
