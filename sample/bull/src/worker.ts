import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CompressModule } from './compress/compress.module.js';
import { DigestModule } from './digest/digest.module.js';

const WORKERS = new Map([
  ['compress', CompressModule],
  ['digest', DigestModule],
]);

const worker = WORKERS.get(process.argv[2] ?? '');
if (!worker) {
  throw new Error(`Usage: node dist/worker.js ${[...WORKERS.keys()].join('|')}`);
}
const app = await NestFactory.createApplicationContext(worker);
// On SIGTERM, @nestjs/bull takes no further job and ends once the running ones are done.
app.enableShutdownHooks();
