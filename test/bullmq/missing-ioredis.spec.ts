import { expect, it, jest } from '@jest/globals';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { BULLMQ_MAJOR } from './major.js';

// BullMQ 5 brings ioredis.
(BULLMQ_MAJOR === 6 ? it : it.skip)('a missing ioredis is named, with the cure', async () => {
  jest.doMock('ioredis', () => {
    throw new Error("Cannot find module 'ioredis'");
  });
  const { Queue } = await import('bullmq');
  const queue = new Queue('mail', { connection: { host: '127.0.0.1', port: 1 } });
  queue.on('error', () => undefined);
  class WorkerProc extends BullMQProc {
    constructor() {
      super(queue);
    }
  }

  await expect(new WorkerProc().quantity()).rejects.toThrow(
    'BullMQ needs ioredis, which is not installed: npm install ioredis',
  );
});
