import 'reflect-metadata';
import { BullModule, getQueueToken } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Queue } from 'bull';
import { enqueueFilesBelow, type FileJob } from '#shared';
import { QueuesModule } from './queues.module.js';

@Module({ imports: [QueuesModule, BullModule.registerQueue({ name: 'compress' }, { name: 'digest' })] })
class EnqueueModule {}

const app = await NestFactory.createApplicationContext(EnqueueModule);
const queues = ['compress', 'digest'].map((name) => app.get<Queue<FileJob>>(getQueueToken(name)));
await enqueueFilesBelow(process.argv[2], (files) =>
  Promise.all(queues.map((queue) => queue.addBulk(files.map((data) => ({ data }))))),
);
await app.close();
