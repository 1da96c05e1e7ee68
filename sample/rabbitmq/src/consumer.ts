import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { AmqpConnectionManager, ChannelWrapper } from 'amqp-connection-manager';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { FileJob } from './jobs.js';
import { declareQueues, RABBITMQ } from './rabbitmq.module.js';

/** Jobs that one process does at a time. Prefetched messages count as active, so it prefetches no more. */
const CONCURRENCY = 4;

/** Takes the messages of one queue, and acknowledges each when its job is done. */
@Injectable()
export abstract class Consumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  protected abstract readonly queue: string;
  private readonly running = new Set<Promise<void>>();
  private channel: ChannelWrapper | undefined;

  constructor(@Inject(RABBITMQ) private readonly connection: AmqpConnectionManager) {}

  protected abstract process(job: FileJob): Promise<void>;

  async onApplicationBootstrap(): Promise<void> {
    this.channel = this.connection.createChannel({
      setup: async (channel: Channel) => {
        await declareQueues(channel);
        await channel.prefetch(CONCURRENCY);
        await channel.consume(this.queue, (message) => {
          if (message) {
            const job = this.work(channel, message).finally(() => this.running.delete(job));
            this.running.add(job);
          }
        });
      },
    });
    await this.channel.waitForConnect();
  }

  /** Takes no further message, and waits for the running jobs. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.channel?.cancelAll();
    await Promise.all(this.running);
    await this.channel?.close();
  }

  private async work(channel: Channel, message: ConsumeMessage): Promise<void> {
    try {
      await this.process(JSON.parse(message.content.toString()) as FileJob);
      channel.ack(message);
    } catch (error) {
      new Logger(this.queue).error(error);
      // Once more, and then not again.
      channel.nack(message, false, !message.fields.redelivered);
    }
  }
}
