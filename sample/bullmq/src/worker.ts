import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { chosen } from '#shared';
import { CompressModule } from './compress/compress.module.js';
import { DigestModule } from './digest/digest.module.js';

const worker = chosen({ compress: CompressModule, digest: DigestModule }, process.argv[2]);
const app = await NestFactory.createApplicationContext(worker);
// On SIGTERM, @nestjs/bullmq takes no further job and ends once the running ones are done.
app.enableShutdownHooks();
