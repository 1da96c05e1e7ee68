export { RQProc } from './rq.proc.js';
