import { MeasureFailure } from '../procs/measure-failure.js';
import type { AmqpChannel, AmqpConnection } from './rabbitmq-connection.js';

/** amqplib lets one question wait for its answer per channel, so that many queues need several to be read in one round trip. */
const MAX_CHANNELS = 32;

/** ms after which a server that answers nothing is not asked any more. */
const MAX_SILENCE = 30_000;

/** What amqplib says of a connection or a channel that is gone. */
const GONE = /^(?:Connection clos|Channel clos|Channel ended)/;

/** Asks RabbitMQ how many messages are ready, over channels of its own on a connection of the app. */
export class ReadyCounts {
  static readonly #ofConnection = new WeakMap<AmqpConnection, ReadyCounts>();

  readonly #idle: AmqpChannel[] = [];
  /** When each question that waits for its answer was asked, the oldest first. */
  readonly #waiting = new Map<symbol, number>();
  #answeredAt = -Infinity;

  static of(connection: AmqpConnection): ReadyCounts {
    const known = ReadyCounts.#ofConnection.get(connection) ?? new ReadyCounts(connection);
    ReadyCounts.#ofConnection.set(connection, known);
    return known;
  }

  private constructor(private readonly connection: AmqpConnection) {}

  /**
   * @param queues - any number of queues
   * @param lost - what to say where the connection is gone
   * @returns for each, in their order, the messages that a consumer could be given
   */
  async read(queues: readonly string[], lost: Error): Promise<readonly (number | Error)[]> {
    this.#refuseSilence();
    const counts: (number | Error)[] = [];
    const lanes = Math.min(queues.length, MAX_CHANNELS);
    await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        for (let index = lane; index < queues.length; index += lanes) {
          const queue = queues[index] ?? '';
          counts[index] = await this.#ask(queue).catch((error: unknown) => failureOf(error, queue, lost));
        }
      }),
    );
    return counts;
  }

  async #ask(queue: string): Promise<number> {
    const question = Symbol(queue);
    this.#waiting.set(question, performance.now());
    try {
      const channel = this.#idle.pop() ?? (await this.#open());
      const { messageCount } = await channel.checkQueue(queue);
      this.#idle.push(channel);
      return messageCount;
    } finally {
      this.#answeredAt = performance.now();
      this.#waiting.delete(question);
    }
  }

  async #open(): Promise<AmqpChannel> {
    const channel = await this.connection.createChannel();
    // Nobody's listening would end the app: the server closes a channel on which a queue is asked for that is not there.
    channel.on('error', () => undefined);
    channel.on('close', () => {
      const index = this.#idle.indexOf(channel);
      if (index >= 0) {
        this.#idle.splice(index, 1);
      }
    });
    return channel;
  }

  #refuseSilence(): void {
    const [oldest] = this.#waiting.values();
    if (oldest !== undefined && performance.now() - Math.max(oldest, this.#answeredAt) > MAX_SILENCE) {
      throw new MeasureFailure(`RabbitMQ has not answered for over ${MAX_SILENCE / 1000} s`);
    }
  }
}

function failureOf(error: unknown, queue: string, lost: Error): Error {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  switch (code) {
    case 404:
      return new MeasureFailure(`RabbitMQ has no queue "${queue}" in the vhost of the connection`);
    case 405:
      return new MeasureFailure(
        `the queue "${queue}" of RabbitMQ is exclusive: only the connection that declared it may ask for it`,
      );
    default:
      if (typeof message === 'string' && GONE.test(message)) {
        return lost;
      }
      return error instanceof Error ? error : new MeasureFailure('amqplib failed', { cause: error });
  }
}
