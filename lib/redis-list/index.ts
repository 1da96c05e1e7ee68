export { RedisListProc, type RedisListOptions } from './redis-list.proc.js';
