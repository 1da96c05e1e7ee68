/** The web dynos of a Nest app with Bull: HireFire's endpoints, and a page that takes a while of the processor's time. */
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import Bull from 'bull';
import { HireFireModule, HireFireProc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';

const BUSY_MS = 5;

const queue = new Bull('jobs', process.env.REDIS_URL, { prefix: process.env.QUEUE_PREFIX });

class WorkerProc extends BullProc {
  constructor() {
    super(queue);
  }
}
HireFireProc('worker')(WorkerProc);

class AppModule {}

const app = await NestFactory.create(
  { module: AppModule, imports: [HireFireModule.forRoot({ web: true })], providers: [WorkerProc] },
  { logger: false },
);
app.enableShutdownHooks();
app.use('/busy', (_request, response) => {
  const end = performance.now() + BUSY_MS;
  while (performance.now() < end);
  response.end();
});
await app.listen(process.env.PORT);
