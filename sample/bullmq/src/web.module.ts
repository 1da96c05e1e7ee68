import { BullModule } from '@nestjs/bullmq';
import { Module } from '@nestjs/common';
import { HireFireModule } from 'nestjs-hirefire';
import { CompressProc } from './compress/compress.proc.js';
import { DigestProc } from './digest/digest.proc.js';
import { QueuesModule } from './queues.module.js';
import { StatusController } from './status.controller.js';

/** What the web process runs: it answers HireFire, and works on no job itself. */
@Module({
  imports: [
    QueuesModule,
    BullModule.registerQueue({ name: 'compress' }, { name: 'digest' }),
    HireFireModule.forRoot({ web: true }), // the token is HIREFIRE_TOKEN
  ],
  controllers: [StatusController],
  providers: [CompressProc, DigestProc],
})
export class WebModule {}
