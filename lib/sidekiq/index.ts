export { SidekiqProc, type SidekiqOptions } from './sidekiq.proc.js';
