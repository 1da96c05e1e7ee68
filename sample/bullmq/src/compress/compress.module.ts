import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { Results } from '#shared';
import { QueuesModule } from '../queues.module.js';
import { CompressProcessor } from './compress.processor.js';

/** What a `compress` process runs: it takes jobs of its own queue only. */
@Module({
  imports: [QueuesModule, BullModule.registerQueue({ name: 'compress' })],
  providers: [CompressProcessor, Results],
})
export class CompressModule {}
