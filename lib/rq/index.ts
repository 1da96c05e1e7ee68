export type { Late } from '../procs/late.js';
export type { AppRedis } from '../redis/named-queues.js';
export { RQProc } from './rq.proc.js';
