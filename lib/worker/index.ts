export { drainOnShutdown } from './drain-on-shutdown.js';
export type { DrainOptions } from './drain-options.js';
