import { InjectQueue } from '@nestjs/bullmq';
import { Controller, Get } from '@nestjs/common';
import type { Queue } from 'bullmq';

/** `GET /`: how many jobs of each queue are waiting, active, delayed and failed. */
@Controller()
export class StatusController {
  constructor(
    @InjectQueue('compress') private readonly compress: Queue,
    @InjectQueue('digest') private readonly digest: Queue,
  ) {}

  @Get()
  async status(): Promise<Record<string, object>> {
    return { compress: await this.compress.getJobCounts(), digest: await this.digest.getJobCounts() };
  }
}
