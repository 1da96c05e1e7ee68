import { getQueueToken } from '@nestjs/bull-shared';
import { Controller, Get, Inject } from '@nestjs/common';

/** How many jobs of a queue are waiting, active, delayed and failed, and in whatever other state it tells. */
type JobCounts = Record<string, number>;

/** What a queue of either library can do. */
interface CountedQueue {
  getJobCounts(): Promise<JobCounts>;
}

/** `GET /`: the job counts of each queue. */
@Controller()
export class StatusController {
  constructor(
    @Inject(getQueueToken('compress')) private readonly compress: CountedQueue,
    @Inject(getQueueToken('digest')) private readonly digest: CountedQueue,
  ) {}

  @Get()
  async status(): Promise<Record<string, JobCounts>> {
    const [compress, digest] = await Promise.all([this.compress.getJobCounts(), this.digest.getJobCounts()]);
    return { compress, digest };
  }
}
