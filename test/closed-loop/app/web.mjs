/** The web process: it answers HireFire. */
import process from 'node:process';
import { NestFactory } from '@nestjs/core';
import { HireFireModule, HireFireProc } from 'nestjs-hirefire';
import { BullMQProc } from 'nestjs-hirefire/bullmq';
import { IMPORTS, PROTECTS } from './jobs.mjs';

const ratio = Number(process.env.RATIO);

class WorkerProc extends BullMQProc {
  constructor() {
    super('jobs');
  }
}
HireFireProc('worker', PROTECTS ? { protect: { ratio } } : {})(WorkerProc);

class WebModule {}

const app = await NestFactory.create(
  { module: WebModule, imports: [...IMPORTS, HireFireModule.forRoot({ trace: true })], providers: [WorkerProc] },
  { logger: ['warn', 'error'] },
);
app.enableShutdownHooks();
await app.listen(process.env.PORT);
