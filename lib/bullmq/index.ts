export { BullMQProc } from './bullmq.proc.js';
