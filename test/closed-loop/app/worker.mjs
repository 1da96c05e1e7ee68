/** The worker: a job takes as many ms as its data says. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import { drainOnShutdown } from 'nestjs-hirefire/worker';
import { IMPORTS, IS_SAFE } from './jobs.mjs';

class Jobs extends WorkerHost {
  async process({ data }) {
    await sleep(data.ms);
  }
}
Processor('jobs')(Jobs);

class WorkerModule {}

const app = await NestFactory.createApplicationContext(
  { module: WorkerModule, imports: IMPORTS, providers: [Jobs] },
  { logger: ['log', 'warn', 'error'] },
);
if (IS_SAFE) {
  drainOnShutdown(app);
}
