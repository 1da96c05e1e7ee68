/** `node dist/worker.js compress` or `digest`: takes the jobs of that queue only. */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { drainOnShutdown } from 'nestjs-hirefire/worker';
import { CompressProcessor } from './compress.processor.js';
import { DigestProcessor } from './digest.processor.js';
import { QueuesModule } from './queues.module.js';

@Module({ imports: [QueuesModule], providers: [CompressProcessor] })
class CompressModule {}

@Module({ imports: [QueuesModule], providers: [DigestProcessor] })
class DigestModule {}

const modules = new Map([
  ['compress', CompressModule],
  ['digest', DigestModule],
]);
const name = process.argv[2] ?? '';
const module = modules.get(name);
if (module === undefined) {
  throw new Error(`Give one of ${[...modules.keys()].join(', ')}, not "${name}".`);
}
const app = await NestFactory.createApplicationContext(module);
// On SIGTERM it takes no further job, lets the running ones end, and hands back those that take too long.
drainOnShutdown(app);
