/** The shapes in which an app holds its connection to RabbitMQ, whatever the versions of the libraries. */

/**
 * The used part of a channel of amqplib.
 *
 * @example
 * ```ts
 * const channel: AmqpChannel = await connection.createChannel();
 * ```
 *
 * @publicApi
 */
export interface AmqpChannel {
  /** Counts a queue's messages. */
  checkQueue(queue: string): PromiseLike<{
    /** Messages that are ready for a consumer. */
    readonly messageCount: number;
  }>;
  /** Adds a listener. */
  on(event: string, listener: () => void): unknown;
}

interface Emitter {
  /** Adds a listener. */
  on(event: string, listener: (argument: unknown) => void): unknown;
}

/**
 * The used part of the connection that amqplib's `connect()` resolves to.
 *
 * @example
 * ```ts
 * const connection: AmqpConnection = await amqplib.connect(process.env.CLOUDAMQP_URL);
 * ```
 *
 * @publicApi
 */
export interface AmqpConnection extends Emitter {
  /** Opens a channel. */
  createChannel(): PromiseLike<AmqpChannel>;
}

/**
 * The used part of the manager that amqp-connection-manager's `connect()` returns. It replaces a lost connection.
 *
 * @example
 * ```ts
 * const manager: AmqpManager = amqp.connect([process.env.CLOUDAMQP_URL]);
 * ```
 *
 * @publicApi
 */
export interface AmqpManager extends Emitter {
  /** Whether there is a connection now. */
  isConnected(): boolean;
  /** The connection of amqplib; `undefined` while there is none. */
  readonly connection: AmqpConnection | undefined;
}

/**
 * The used part of an `AmqpConnection` of @golevelup/nestjs-rabbitmq.
 *
 * @example
 * ```ts
 * constructor(connection: GolevelupConnection) {
 *   super(connection, 'mail');
 * }
 * ```
 *
 * @publicApi
 */
export interface GolevelupConnection {
  /** The manager of amqp-connection-manager; `undefined` until it connects. */
  readonly managedConnection: AmqpManager;
}

/**
 * The used part of a client or server of Nest's RMQ transport.
 *
 * @example
 * ```ts
 * constructor(@Inject('MAIL') client: NestTransport) {
 *   super(client, 'mail');
 * }
 * ```
 *
 * @publicApi
 */
export interface NestTransport {
  /** Returns the manager; throws before the client is connected. */
  unwrap(): unknown;
}

/**
 * A connection of amqplib, a manager of amqp-connection-manager, an `AmqpConnection` of @golevelup/nestjs-rabbitmq, or a client or
 * server of Nest's RMQ transport.
 *
 * @example
 * ```ts
 * const connection: RabbitMQConnection = amqp.connect([process.env.CLOUDAMQP_URL]);
 * ```
 *
 * @publicApi
 */
export type RabbitMQConnection = AmqpConnection | AmqpManager | GolevelupConnection | NestTransport;

/**
 * What amqplib or amqp-connection-manager made, beneath such a connection; `undefined` where there is none, or none yet.
 *
 * @throws what a client of Nest throws before it is connected
 */
export function sourceOf(connection: unknown): AmqpConnection | AmqpManager | undefined {
  const given = Object(connection) as { readonly managedConnection?: unknown; readonly unwrap?: unknown };
  const source: unknown =
    typeof given.unwrap === 'function' ? Reflect.apply(given.unwrap, given, []) : (given.managedConnection ?? given);
  return isManager(source) || isConnection(source) ? source : undefined;
}

/** Why this is no connection, and the cure, to continue "WorkerProc was given "; `undefined` for one. */
export function refusalOf(connection: unknown): string | undefined {
  const { createChannel } = Object(connection) as { readonly createChannel?: unknown };
  if (typeof createChannel === 'function' && createChannel.length > 1) {
    return `a connection of amqplib's callback API: connect with import { connect } from 'amqplib'.`;
  }
  const isKnown =
    isManager(connection) ||
    isConnection(connection) ||
    has(connection, 'unwrap') ||
    // Of golevelup's it is undefined until it connects.
    (typeof connection === 'object' && connection !== null && 'managedConnection' in connection);
  return isKnown
    ? undefined
    : `no connection to RabbitMQ: hand one of amqplib, amqp-connection-manager, @golevelup/nestjs-rabbitmq or Nest's RMQ ` +
        `transport to super() before the queues, as in super(connection, 'mail').`;
}

export function isManager(value: unknown): value is AmqpManager {
  return has(value, 'isConnected') && has(value, 'on');
}

function isConnection(value: unknown): value is AmqpConnection {
  return has(value, 'createChannel') && has(value, 'on');
}

function has(value: unknown, method: string): boolean {
  return typeof Reflect.get(Object(value), method) === 'function';
}
