import { Module } from '@nestjs/common';
import { HireFireModule } from 'nestjs-hirefire';
import { CompressProc, DigestProc } from './procs.js';
import { QueuesModule } from './queues.module.js';
import { StatusController } from './status.controller.js';

/** The web process answers HireFire and does no job. */
@Module({
  imports: [QueuesModule, HireFireModule.forRoot({ web: true, trace: true })], // the token is HIREFIRE_TOKEN
  controllers: [StatusController],
  providers: [CompressProc, DigestProc],
})
export class WebModule {}
