/** The queue of the app. */
import process from 'node:process';
import 'reflect-metadata';
import { BullModule } from '@nestjs/bullmq';

export const IMPORTS = [
  BullModule.forRoot({ connection: { url: process.env.REDIS_URL } }),
  BullModule.registerQueue({ name: 'jobs' }),
];

/** Whether the app uses `drainOnShutdown()`, and `protect`. */
export const DRAINS = process.env.DRAINS === 'yes';
export const PROTECTS = process.env.PROTECTS === 'yes';
