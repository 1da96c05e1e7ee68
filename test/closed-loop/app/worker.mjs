/** The worker: a job takes as many ms as its data says. It notes after how many seconds it was ready. */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Processor, WorkerHost } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { drainOnShutdown } from 'nestjs-hirefire/worker';
import { DRAINS, IMPORTS } from './jobs.mjs';

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
if (DRAINS) {
  drainOnShutdown(app);
}

try {
  await app.get(Jobs).worker.waitUntilReady();
  const redis = new Redis(process.env.REDIS_URL);
  await redis.rpush('boots', process.uptime());
  redis.disconnect();
} catch {
  // It was stopped before.
}
