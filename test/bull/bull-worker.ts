import Bull from 'bull';
import { STALLED_INTERVAL, work } from '../contract/jobs/worker-child.js';

const [url = ''] = process.argv.slice(2);

work(({ queue: name, concurrency }, processor) => {
  const queue = new Bull(name, url, { settings: { stalledInterval: STALLED_INTERVAL } });
  void queue.process(concurrency, (job) => processor(`${job.id}`, job.processedOn));
  return queue;
});
