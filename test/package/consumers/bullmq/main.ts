/** Fills queues of a real Redis, asks the app as HireFire would, and prints its answer. */
import 'reflect-metadata';
import { getQueueToken } from '@nestjs/bullmq';
import { NestFactory } from '@nestjs/core';
import { Worker, type Queue } from 'bullmq';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const mail: Queue = app.get(getQueueToken('mail'));
  const images: Queue = app.get(getQueueToken('images'));
  const worker = new Worker('mail', null, { ...mail.opts, autorun: false });

  await mail.add('mail', { to: 'becomes active' });
  await worker.getNextJob('a lock', { block: false });
  await mail.add('mail', { to: 'waits' });
  await mail.add('mail', { to: 'waits, prioritized' }, { priority: 1 });
  await mail.add('mail', { to: 'is not due' }, { delay: 3_600_000 });
  await images.add('image', {}, { timestamp: Date.now() - 60_000 });
  await images.add('image', {});

  const response = await fetch(`${await app.getUrl()}/hirefire/development/info`);
  console.log(await response.text());

  await worker.close();
  await mail.obliterate({ force: true });
  await images.obliterate({ force: true });
  await app.close();
}

void main();
