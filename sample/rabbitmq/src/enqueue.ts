/** `node dist/enqueue.js <folder>`: a job for every file below a folder, in both queues. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { AmqpConnectionManager } from 'amqp-connection-manager';
import { readdir, realpath } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { FileJob } from './jobs.js';
import { declareQueues, QUEUES, RABBITMQ, RabbitMQModule } from './rabbitmq.module.js';

const folder = await realpath(process.argv[2] ?? 'node_modules');
const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
const jobs = files.map((file): FileJob => ({ folder, path: relative(folder, join(file.parentPath, file.name)) }));

const app = await NestFactory.createApplicationContext(RabbitMQModule);
const channel = app.get<AmqpConnectionManager>(RABBITMQ).createChannel({ json: true, setup: declareQueues });
for (const queue of QUEUES) {
  // Each resolves once the server has the message.
  await Promise.all(jobs.map((job) => channel.sendToQueue(queue, job, { persistent: true })));
}
await channel.close();
await app.close();
console.log(`${jobs.length} files of ${folder}, each in both queues`);
