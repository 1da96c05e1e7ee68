/** The queue of the app. */
import process from 'node:process';
import 'reflect-metadata';
import { BullModule } from '@nestjs/bullmq';

export const IMPORTS = [
  BullModule.forRoot({ connection: { url: process.env.REDIS_URL } }),
  BullModule.registerQueue({ name: 'jobs' }),
];

/** Whether the app uses `protect` and `drainOnShutdown()`. */
export const IS_SAFE = process.env.IS_SAFE === 'yes';
