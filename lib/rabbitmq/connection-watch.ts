import { inspect } from 'node:util';
import { MeasureFailure } from '../procs/measure-failure.js';
import { isManager, type AmqpConnection, type AmqpManager } from './rabbitmq-connection.js';

/** What RabbitMQ says when it lets nobody in, as amqplib tells it: waiting for a first connection would be in vain. */
const REFUSAL = /\b(?:ACCESS[-_]REFUSED|NOT[-_]ALLOWED)\b|got <ConnectionClose/;

/** Watches the app's connection, or what makes it anew, so that a server that is known to be away is not asked. */
export class ConnectionWatch {
  static readonly #ofSource = new WeakMap<object, ConnectionWatch>();
  static #count = 0;

  readonly #number = ++ConnectionWatch.#count;

  #wasConnected: boolean;
  #isLost = false;
  #isRefused = false;
  #alarm: string | undefined;
  /** What waits for the first connection, and whatever else waits with it. */
  #first: Deferred | undefined;

  /** The one watch of a connection, which several procs may share. */
  static of(source: AmqpConnection | AmqpManager): ConnectionWatch {
    const known = ConnectionWatch.#ofSource.get(source) ?? new ConnectionWatch(source);
    ConnectionWatch.#ofSource.set(source, known);
    return known;
  }

  private constructor(private readonly source: AmqpConnection | AmqpManager) {
    this.#wasConnected = !isManager(source) || source.isConnected();
    source.on('connect', () => {
      this.#wasConnected = true;
      this.#isLost = this.#isRefused = false;
      this.#first?.resolve();
    });
    source.on('connectFailed', (failure) => {
      const { err } = Object(failure) as { readonly err?: { readonly message?: unknown } };
      this.#isRefused = REFUSAL.test(String(err?.message));
      if (this.#isRefused) {
        this.#first?.reject(refused());
        this.#first = undefined;
      }
    });
    // The manager says "disconnect", and so does amqplib where it recovers; a plain connection says "close".
    for (const event of ['disconnect', 'close']) {
      source.on(event, () => {
        this.#isLost = true;
        this.#alarm = undefined;
      });
    }
    source.on('blocked', (reason) => {
      // The manager wraps it in an object.
      const text = inspect(reason);
      this.#alarm = ['low on memory', 'low on disk'].find((known) => text.includes(known)) ?? 'a resource alarm';
    });
    source.on('unblocked', () => {
      this.#alarm = undefined;
    });
  }

  /**
   * The connection as it is now. One that was never made yet is waited for, unless RabbitMQ refuses it; one that was lost, or
   * that is blocked, rejects at once.
   */
  async current(): Promise<AmqpConnection> {
    const { source } = this;
    if (this.#isRefused) {
      throw refused();
    }
    if (this.#alarm !== undefined) {
      // The server reads nothing from it until the alarm is over.
      throw new MeasureFailure(`RabbitMQ has blocked the connection: ${this.#alarm}`);
    }
    if (!isManager(source)) {
      return this.#isLost ? this.#throwLost() : source;
    }
    if (!this.#wasConnected) {
      await (this.#first ??= new Deferred()).promise;
    }
    return source.connection ?? this.#throwLost();
  }

  /** For people: the cluster, once it is known. Another connection may lead to another vhost, so it has another name. */
  get name(): string {
    const { source } = this;
    const { connection } = Object(isManager(source) ? source.connection : source) as {
      readonly connection?: { readonly serverProperties?: { readonly cluster_name?: unknown } };
    };
    const cluster = connection?.serverProperties?.cluster_name;
    return (
      (typeof cluster === 'string' ? cluster : 'RabbitMQ') + (this.#number > 1 ? `, connection ${this.#number}` : '')
    );
  }

  /** What to say of a question that failed because its connection is gone. */
  get lost(): Error {
    const cure = isManager(this.source)
      ? ''
      : ', and amqplib does not make it anew by itself: use amqp-connection-manager, or its option "recovery"';
    return new MeasureFailure(`the connection to RabbitMQ is down${cure}`);
  }

  #throwLost(): never {
    throw this.lost;
  }
}

function refused(): Error {
  return new MeasureFailure('RabbitMQ refuses the connection: look at its user, password and vhost');
}

class Deferred {
  resolve!: () => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<void>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
