export { chosen } from './chosen.js';
export { compressFile } from './compress-file.js';
export { digestFile } from './digest-file.js';
export { enqueueFilesBelow } from './enqueue-files.js';
export type { FileJob } from './file-job.js';
export { QueueStatus } from './queue-status.js';
export { Results } from './results.js';
