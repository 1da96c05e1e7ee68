import { propertyOf } from '../hirefire.unknown.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import type { ConnectionWatch } from './connection-watch.js';
import type { AmqpChannel, AmqpConnection } from './rabbitmq-connection.js';

/** amqplib has one question at a time under way per channel: many queues need several channels to be read in one round trip. */
const MAX_CHANNELS = 32;

/** amqplib's errors of a connection or a channel that is gone. */
const GONE = /^(?:Connection clos|Channel clos|Channel ended)/;

/** Asks RabbitMQ how many messages are ready, over its own channels on a connection of the app. */
export class ReadyCounts {
  static readonly #ofConnection = new WeakMap<AmqpConnection, ReadyCounts>();

  readonly #idle: AmqpChannel[] = [];

  static of(connection: AmqpConnection, watch: ConnectionWatch): ReadyCounts {
    const known = ReadyCounts.#ofConnection.get(connection) ?? new ReadyCounts(connection, watch);
    ReadyCounts.#ofConnection.set(connection, known);
    return known;
  }

  private constructor(
    private readonly connection: AmqpConnection,
    private readonly watch: ConnectionWatch,
  ) {}

  /**
   * @param queues - any number of queues
   * @returns for each, in their order, the messages that a consumer could be given
   */
  async read(queues: readonly string[]): Promise<readonly (number | Error)[]> {
    const counts: (number | Error)[] = [];
    const lanes = Math.min(queues.length, MAX_CHANNELS);
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        for (let index = lane; index < queues.length; index += lanes) {
          const queue = queues[index] ?? '';
          const count = this.watch.send(() => this.#ask(queue));
          counts[index] = await count.catch((error: unknown) => this.#failureOf(error, queue));
        }
      }),
    );
    return counts;
  }

  async #ask(queue: string): Promise<number> {
    const channel = this.#idle.pop() ?? (await this.#open());
    const { messageCount } = await channel.checkQueue(queue);
    this.#idle.push(channel);
    return messageCount;
  }

  async #open(): Promise<AmqpChannel> {
    const channel = await this.connection.createChannel();
    // Without a listener, the app would end: the server closes a channel on which a missing queue is asked for.
    channel.on('error', () => undefined);
    channel.on('close', () => {
      const index = this.#idle.indexOf(channel);
      if (index >= 0) {
        this.#idle.splice(index, 1);
      }
    });
    return channel;
  }

  #failureOf(error: unknown, queue: string): Error {
    const message = propertyOf(error, 'message');
    switch (propertyOf(error, 'code')) {
      case 404:
        return new MeasureFailure(`RabbitMQ has no queue "${queue}" in the vhost of the connection`);
      case 405:
        return new MeasureFailure(
          `the queue "${queue}" of RabbitMQ is exclusive: only the connection that declared it may ask for it`,
        );
      default:
        if (typeof message === 'string' && GONE.test(message)) {
          return this.watch.down();
        }
        return error instanceof Error ? error : new MeasureFailure('amqplib failed', { cause: error });
    }
  }
}
