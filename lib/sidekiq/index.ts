export type { Late } from '../procs/late.js';
export type { AppRedis } from '../redis/named-queues.js';
export { SidekiqProc, type SidekiqOptions } from './sidekiq.proc.js';
