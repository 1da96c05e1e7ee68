import { Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { connect, type AmqpConnectionManager } from 'amqp-connection-manager';
import type { Channel } from 'amqplib';

/** The injection token of the connection to RabbitMQ. */
export const RABBITMQ = Symbol('RABBITMQ');

export const QUEUES = ['compress', 'digest'] as const;

/** The connection of a process, which comes back when it is lost, and both queues. */
@Module({
  providers: [{ provide: RABBITMQ, useFactory: openConnection }],
  exports: [RABBITMQ],
})
export class RabbitMQModule implements OnApplicationShutdown {
  constructor(@Inject(RABBITMQ) private readonly connection: AmqpConnectionManager) {}

  /** After every consumer has done its jobs and acknowledged them. */
  async onApplicationShutdown(): Promise<void> {
    await this.connection.close();
  }
}

/** The setup of a channel, also after every reconnection. */
export async function declareQueues(channel: Channel): Promise<void> {
  for (const queue of QUEUES) {
    await channel.assertQueue(queue, { durable: true });
  }
}

/** Does not wait for RabbitMQ: while it is away, the web process answers HireFire with the cause. */
function openConnection(): AmqpConnectionManager {
  const connection = connect([process.env.CLOUDAMQP_URL ?? 'amqp://guest:guest@127.0.0.1:5672']);
  const logger = new Logger('RabbitMQ');
  connection.on('connectFailed', ({ err }) => logger.error(`no connection: ${err.message}`));
  connection.on('disconnect', ({ err }) => logger.warn(`connection lost: ${err.message}`));
  connection.createChannel({ setup: declareQueues });
  return connection;
}
