import { Module } from '@nestjs/common';
import { HireFireModule } from 'nestjs-hirefire';
import { RedisModule } from './redis.module.js';
import { StatusController } from './status.controller.js';
import { WorkerProc } from './worker.proc.js';

/** The web process answers HireFire and does no job. */
@Module({
  imports: [RedisModule, HireFireModule.forRoot({ web: true })], // the token is HIREFIRE_TOKEN
  controllers: [StatusController],
  providers: [WorkerProc],
})
export class WebModule {}
