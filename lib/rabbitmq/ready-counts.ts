import { remembered } from '../hirefire.remembered.js';
import { propertyOf, stringOf } from '../hirefire.unknown.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import type { ConnectionWatch } from './connection-watch.js';
import type { AmqpChannel, AmqpConnection } from './rabbitmq-connection.js';

/** amqplib has one question at a time under way per channel: many queues need several channels to be read in one round trip. */
const MAX_CHANNELS = 32;

/** amqplib's errors of a connection or a channel that is gone. */
const GONE = /^(?:Connection clos|Channel clos|Channel ended)/;

/** amqplib's error of a connection that has reached its channel_max. */
const NO_CHANNEL = 'No channels left to allocate';

export interface QueueCounts {
  /** Messages that a consumer could be given. */
  readonly ready: number;
  readonly consumers: number;
}

/** Asks RabbitMQ how many messages are ready, over its own channels on a connection of the app. */
export class ReadyCounts {
  static readonly #ofConnection = new WeakMap<AmqpConnection, ReadyCounts>();

  readonly #idle: AmqpChannel[] = [];
  /** The questions that wait for a channel. */
  readonly #waiting: (() => void)[] = [];
  /** Channels that are open or being opened, and how many there may be. */
  #count = 0;
  #max = MAX_CHANNELS;

  static of(connection: AmqpConnection, watch: ConnectionWatch): ReadyCounts {
    return remembered(ReadyCounts.#ofConnection, connection, () => new ReadyCounts(connection, watch));
  }

  private constructor(
    private readonly connection: AmqpConnection,
    private readonly watch: ConnectionWatch,
  ) {}

  /** The counts of each queue, in their order. */
  read(queues: readonly string[]): Promise<readonly (QueueCounts | Error)[]> {
    return Promise.all(
      queues.map((queue) =>
        this.watch.send(() => this.#ask(queue)).catch((error: unknown) => this.#failureOf(error, queue)),
      ),
    );
  }

  async #ask(queue: string): Promise<QueueCounts> {
    const channel = await this.#channel();
    const { messageCount, consumerCount } = await channel.checkQueue(queue);
    if (this.#count > this.#max) {
      // Waits, because only then the app can open one.
      await channel.close();
    } else {
      this.#idle.push(channel);
      this.#wake();
    }
    return { ready: messageCount, consumers: consumerCount };
  }

  /** A channel that no other question uses. */
  async #channel(): Promise<AmqpChannel> {
    for (;;) {
      const idle = this.#idle.pop();
      if (idle) {
        return idle;
      }
      if (this.#count < this.#max) {
        this.#count += 1;
        try {
          return await this.#open();
        } catch (error) {
          this.#closed();
          if (stringOf(error, 'message') !== NO_CHANNEL) {
            throw error;
          }
          if (this.#count === 0) {
            throw new MeasureFailure(
              'the connection to RabbitMQ has no channel left: raise channel_max, or let the app close channels',
              { cause: error },
            );
          }
          // One less, for the app.
          this.#max = Math.max(1, this.#count - 1);
        }
      } else {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      }
    }
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
      this.#closed();
    });
    return channel;
  }

  #closed(): void {
    this.#count -= 1;
    this.#wake();
  }

  /** Lets one question look for a channel again. */
  #wake(): void {
    this.#waiting.shift()?.();
  }

  #failureOf(error: unknown, queue: string): Error {
    const message = propertyOf(error, 'message');
    switch (propertyOf(error, 'code')) {
      case 404:
        return new MeasureFailure(
          `RabbitMQ has no queue "${queue}" in the vhost of the connection: assert it before the first poll, or correct its name`,
        );
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
