import { InjectQueue } from '@nestjs/bull';
import { Controller, Get } from '@nestjs/common';
import type { JobCounts, Queue } from 'bull';

/** `GET /`: how many jobs of each queue are waiting, active, delayed and failed. */
@Controller()
export class StatusController {
  constructor(
    @InjectQueue('compress') private readonly compress: Queue,
    @InjectQueue('digest') private readonly digest: Queue,
  ) {}

  @Get()
  async status(): Promise<Record<string, JobCounts>> {
    const [compress, digest] = await Promise.all([this.compress.getJobCounts(), this.digest.getJobCounts()]);
    return { compress, digest };
  }
}
