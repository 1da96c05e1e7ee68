/** Fills queues of a real Redis, asks the app as HireFire would, and prints its answer. */
import 'reflect-metadata';
import { getQueueToken } from '@nestjs/bull';
import { NestFactory } from '@nestjs/core';
import type { Queue } from 'bull';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const mail: Queue = app.get(getQueueToken('mail'));
  const images: Queue = app.get(getQueueToken('images'));

  await mail.add({ to: 'becomes active' });
  await mail.getNextJob();
  await mail.add({ to: 'waits' });
  await mail.add({ to: 'waits, prioritized' }, { priority: 1 });
  await mail.add({ to: 'is not due' }, { delay: 3_600_000 });
  // Bull takes a timestamp, though its types do not know it.
  const aMinuteAgo = { attempts: 1, timestamp: Date.now() - 60_000 };
  await images.add({}, aMinuteAgo);
  await images.add({});

  const response = await fetch(`${await app.getUrl()}/hirefire/development/info`);
  console.log(await response.text());

  await mail.obliterate({ force: true });
  await images.obliterate({ force: true });
  await app.close();
}

void main();
