import { inspect } from 'node:util';
import { Connection } from '../procs/connection.js';
import { remembered } from '../hirefire.remembered.js';
import { propertyOf } from '../hirefire.unknown.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { Causes, networkCauses } from '../procs/network-causes.js';
import { isManager, type AmqpConnection, type AmqpManager } from './rabbitmq-connection.js';

const RABBITMQ_CAUSES = new Causes(
  networkCauses('RabbitMQ', ['amqps:', 'amqp:']),
  { REFUSED: 'RabbitMQ refuses the connection: look at its user, password and vhost' },
  {},
  // The words of amqplib.
  (message) => [
    ...(/\b(?:ACCESS[-_]REFUSED|NOT[-_]ALLOWED)\b|got <ConnectionClose/.test(message) ? ['REFUSED'] : []),
    ...(message.startsWith('Socket closed abruptly') ? ['ECONNRESET'] : []),
    // With its option `recovery`, amqplib's error has no code.
    ...(/\bconnect (E[A-Z]+)/.exec(message)?.slice(1) ?? []),
  ],
);

const CURE =
  ', and amqplib does not connect again by itself: use amqp-connection-manager, its option "recovery", or pass a function that ' +
  'returns the new connection';

/** The server closed the connection, as when it restarts: no fault, and the client makes another. */
const CONNECTION_FORCED = 320;

/** The app's connection, or its manager, and the state of it. */
export class ConnectionWatch extends Connection {
  static readonly #ofSource = new WeakMap<object, ConnectionWatch>();
  static #count = 0;

  readonly #number = ++ConnectionWatch.#count;
  #alarm: string | undefined;

  /** The one watch of a connection, which several procs may share. */
  static of(source: AmqpConnection | AmqpManager): ConnectionWatch {
    return remembered(ConnectionWatch.#ofSource, source, () => new ConnectionWatch(source));
  }

  private constructor(private readonly source: AmqpConnection | AmqpManager) {
    let isLost = false;
    const isOpen = isManager(source) ? () => source.connection !== undefined : () => !isLost;
    super('RabbitMQ', RABBITMQ_CAUSES, isOpen, isOpen(), CURE);
    source.on('connect', () => {
      isLost = false;
      this.made();
    });
    source.on('connectFailed', (failure) => this.failed(propertyOf(failure, 'err')));
    source.on('connect-failed', (failure) => {
      isLost = true;
      this.failed(failure);
    });
    // The manager emits "disconnect", as does amqplib where it recovers, with "reconnect-failed" once it gives up; a plain connection
    // emits "close".
    for (const event of ['disconnect', 'reconnect-failed', 'close']) {
      source.on(event, (failure) => {
        isLost = true;
        this.#alarm = undefined;
        const code = propertyOf(propertyOf(failure, 'err') ?? failure, 'code');
        const isLast = event !== 'disconnect';
        this.lost(isLast && !isManager(source), isLast || code !== CONNECTION_FORCED);
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

  /** The connection as it is now; waits for the first one, unless RabbitMQ refuses it. Rejects if it was lost, or is blocked. */
  async current(): Promise<AmqpConnection> {
    if (this.#alarm !== undefined) {
      // The server reads nothing from it until the alarm is over.
      throw new MeasureFailure(`RabbitMQ has blocked the connection: ${this.#alarm}`);
    }
    await this.ready();
    if (!this.#model) {
      throw this.down();
    }
    return this.#model;
  }

  get #model(): AmqpConnection | undefined {
    return isManager(this.source) ? this.source.connection : this.source;
  }

  /** For people: the cluster, once it is known. Another connection may lead to another vhost, so it has another name. */
  get name(): string {
    const cluster = propertyOf(propertyOf(propertyOf(this.#model, 'connection'), 'serverProperties'), 'cluster_name');
    return (
      (typeof cluster === 'string' ? cluster : 'RabbitMQ') + (this.#number > 1 ? `, connection ${this.#number}` : '')
    );
  }
}
