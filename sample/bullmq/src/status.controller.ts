import { InjectQueue } from '@nestjs/bullmq';
import { Controller } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { QueueStatus } from '#shared';

/** `GET /`: how many jobs of each queue are waiting, active, delayed and failed. */
@Controller()
export class StatusController extends QueueStatus {
  constructor(@InjectQueue('compress') compress: Queue, @InjectQueue('digest') digest: Queue) {
    super({ compress, digest });
  }
}
