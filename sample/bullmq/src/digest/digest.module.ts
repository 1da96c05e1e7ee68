import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { Results } from '#shared';
import { QueuesModule } from '../queues.module.js';
import { DigestProcessor } from './digest.processor.js';

/** What a `digest` process runs: it takes jobs of its own queue only. */
@Module({
  imports: [QueuesModule, BullModule.registerQueue({ name: 'digest' })],
  providers: [DigestProcessor, Results],
})
export class DigestModule {}
