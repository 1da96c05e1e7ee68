export { SqsProc, type SqsClient } from './sqs.proc.js';
export type { Late } from '../procs/late.js';
