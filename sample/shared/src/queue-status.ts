import { Get } from '@nestjs/common';

/** A queue of either library. */
interface CountedQueue {
  /** How many jobs are waiting, active, delayed and failed, and in whatever other state the library tells. */
  getJobCounts(): Promise<object>;
}

/** What a controller extends to tell the job counts of its queues, each by its name. */
export abstract class QueueStatus {
  constructor(private readonly queues: Readonly<Record<string, CountedQueue>>) {}

  @Get()
  async status(): Promise<Record<string, object>> {
    const counts = Object.entries(this.queues).map(
      async ([name, queue]) => [name, await queue.getJobCounts()] as const,
    );
    return Object.fromEntries(await Promise.all(counts));
  }
}
