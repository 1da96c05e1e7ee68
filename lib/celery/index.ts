export { CeleryProc, type CeleryOptions } from './celery.proc.js';
