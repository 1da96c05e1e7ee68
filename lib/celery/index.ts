export type { Late } from '../procs/late.js';
export type { AppRedis } from '../redis/named-queues.js';
export { CeleryProc, type CeleryOptions } from './celery.proc.js';
