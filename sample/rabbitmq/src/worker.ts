/** `node dist/worker.js compress` or `digest`: takes the jobs of that queue only. */
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Consumer } from './consumer.js';
import { compressFile, digestFile } from './jobs.js';
import { RabbitMQModule } from './rabbitmq.module.js';

class CompressConsumer extends Consumer {
  protected override readonly queue = 'compress';
  protected override readonly process = compressFile;
}

class DigestConsumer extends Consumer {
  protected override readonly queue = 'digest';
  protected override readonly process = digestFile;
}

@Module({ imports: [RabbitMQModule], providers: [CompressConsumer] })
class CompressModule {}

@Module({ imports: [RabbitMQModule], providers: [DigestConsumer] })
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
// On SIGTERM, the consumer takes no further job and ends when the running ones are done.
app.enableShutdownHooks();
