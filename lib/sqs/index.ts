export { SqsProc, type SqsClient } from './sqs.proc.js';
