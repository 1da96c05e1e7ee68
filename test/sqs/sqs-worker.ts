/** A worker of sqs-consumer, on which Nest's modules for SQS stand: one consumer per message that is worked on at a time. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { work } from '../contract/jobs/worker-child.js';

const [port = ''] = process.argv.slice(-3);
const sqs = new SQSClient({
  region: 'us-east-1',
  endpoint: `http://127.0.0.1:${port}`,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

work(({ queue: queueUrl, concurrency }, processor) => {
  const consumers = Array.from({ length: concurrency }, () =>
    Consumer.create({
      queueUrl,
      sqs,
      waitTimeSeconds: 0,
      pollingWaitTimeMs: 10,
      pollingCompleteWaitTimeMs: 60_000,
      handleMessage: async ({ MessageId = '' }) => {
        await processor(MessageId, undefined);
      },
    }),
  );
  consumers.forEach((consumer) => consumer.start());
  return {
    on: (event, listener) => event === 'completed' && consumers.forEach((one) => one.on('message_processed', listener)),
    close: () =>
      Promise.all(
        consumers.map((consumer) => {
          const stopped = new Promise<void>((resolve) => consumer.once('stopped', () => resolve()));
          consumer.stop();
          return stopped;
        }),
      ),
  };
});
