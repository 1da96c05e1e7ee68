import type { Ability, TakenJob, TestQueue } from './driver.js';

/** A state of a queue, and its numbers. */
export interface Case<T = TestQueue> {
  readonly name: string;
  readonly needs?: readonly Ability[];
  readonly size: number;
  readonly sizeWithoutActive?: number;
  /** Seconds. */
  readonly latency: number;
  readonly given: (queue: T, pass: (ms: number) => unknown) => Promise<unknown>;
}

/** The next job of a queue, which has one. */
export async function take(queue: Pick<TestQueue, 'take'>): Promise<TakenJob> {
  const job = await queue.take();
  if (job === undefined) {
    throw new Error('the queue has no job to take');
  }
  return job;
}
