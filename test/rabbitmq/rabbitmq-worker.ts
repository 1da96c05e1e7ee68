/** A consumer over amqp-connection-manager, which acknowledges a message when its job is done. */
import { EventEmitter } from 'node:events';
import { connect } from 'amqp-connection-manager';
import type { Channel } from 'amqplib';
import { work } from '../contract/jobs/worker-child.js';

const [url = ''] = process.argv.slice(-3);

work(({ queue, concurrency }, processor) => {
  const events = new EventEmitter();
  const manager = connect([url]);
  const jobs = new Set<Promise<void>>();
  let stop = async (): Promise<unknown> => undefined;
  manager.createChannel({
    setup: async (channel: Channel) => {
      await channel.prefetch(concurrency);
      const { consumerTag } = await channel.consume(queue, (message) => {
        if (message) {
          const job = processor(`${message.fields.deliveryTag}`, undefined).then(async () => {
            channel.ack(message);
            // Behind it on the same channel: once this is answered, the server knows.
            await channel.checkQueue(queue);
            events.emit('completed');
            jobs.delete(job);
          });
          jobs.add(job);
        }
      });
      stop = () => channel.cancel(consumerTag);
    },
  });
  return {
    on: (event, listener) => events.on(event, listener),
    close: async () => {
      await stop();
      await Promise.all(jobs);
      await manager.close();
    },
  };
});
