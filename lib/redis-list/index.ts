export type { Late } from '../procs/late.js';
export type { AppRedis } from '../redis/named-queues.js';
export { RedisListProc, type RedisListOptions } from './redis-list.proc.js';
