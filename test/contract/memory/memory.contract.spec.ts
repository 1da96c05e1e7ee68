/** The seam for backends, proved by one that has neither a Redis nor a connection. */
import { describe, expect, it } from '@jest/globals';
import { jobsContract } from '../jobs/contract.js';
import { MemoryDriver, MemoryProc } from './memory-driver.js';

const driver = new MemoryDriver();
jobsContract(driver);

describe('a batch', () => {
  it('reads in one call what all procs ask for in one tick', async () => {
    const queues = Array.from({ length: 5 }, () => driver.open());
    await Promise.all(queues.map((queue, index) => queue.addMany(index)));
    const procs = [
      new MemoryProc(...queues.map(({ queue }) => queue)),
      ...queues.map(({ queue }) => new MemoryProc(queue)),
    ];
    driver.broker.calls.length = 0;

    expect(await Promise.all(procs.map((proc) => proc.quantity()))).toEqual([10, 0, 1, 2, 3, 4]);
    expect(driver.broker.calls).toEqual([10]);
  });
});
