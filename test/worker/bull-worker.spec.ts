/** A worker of Bull 4, drained within the process of the test. */
import { afterEach, expect, it } from '@jest/globals';
import Bull, { type Queue } from 'bull';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { DrainableBullQueue, isBullQueue } from '../../lib/worker/bull-worker.js';
import { redisAccess } from '../support/file-redis.js';

const queues: Queue[] = [];

afterEach(() => Promise.all(queues.splice(0).map((queue) => queue.close(true))));

async function passes(steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    await Promise.resolve();
  }
}

it('either completes a job that ends in the moment of the hand-back, or hands it back', async () => {
  // As many steps of the worker come before the hand-back.
  for (let steps = 0; steps < 30; steps++) {
    const queue = new Bull(randomUUID(), { redis: redisAccess() });
    queues.push(queue);
    const events = new EventEmitter();
    const released = once(events, 'release');
    const active = once(queue, 'active');
    void queue.process(() => released);
    await queue.add({});
    await active;
    const worker: unknown = queue;
    if (!isBullQueue(worker)) {
      throw new Error('not a queue of Bull');
    }
    const drained = new DrainableBullQueue(worker);
    drained.stop();
    events.emit('release');
    await passes(steps);
    const handedBack = await drained.handBack();
    // Whatever the old run still sends.
    await passes(100);
    await queue.client.ping();

    const { waiting, active: running, completed, failed } = await queue.getJobCounts();
    const isHeld = handedBack.length;
    expect({ waiting, running, completed, failed }).toEqual({
      ...{ waiting: isHeld, running: 0, completed: 1 - isHeld, failed: 0 },
    });
  }
});
