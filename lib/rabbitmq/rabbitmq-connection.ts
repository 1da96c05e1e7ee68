/** The shapes in which an app holds its connection to RabbitMQ, for any version of the libraries. */
import { hasMembers, isObject, propertyOf, type Emitter } from '../hirefire.unknown.js';

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
export interface AmqpChannel extends Emitter {
  /** Counts a queue's messages. */
  checkQueue(queue: string): PromiseLike<{
    /** Messages that are ready for a consumer. */
    readonly messageCount: number;
  }>;
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

/** The connection or the manager within an app's connection; `undefined` if there is none, or none yet. */
export function sourceOf(connection: unknown): AmqpConnection | AmqpManager | undefined {
  let source = isGolevelup(connection) ? (connection.managedConnection ?? connection) : connection;
  if (isNestTransport(connection)) {
    try {
      source = connection.unwrap();
    } catch {
      // A client throws until it is connected.
      return undefined;
    }
  }
  return isManager(source) || isConnection(source) ? source : undefined;
}

/** Why this is no connection, and the cure, to continue "WorkerProc was given "; `undefined` for one. */
export function refusalOfConnection(connection: unknown): string | undefined {
  const createChannel = propertyOf(connection, 'createChannel');
  if (typeof createChannel === 'function' && createChannel.length > 1) {
    return `a connection of amqplib's callback API: connect with import { connect } from 'amqplib'.`;
  }
  return isManager(connection) || isConnection(connection) || isNestTransport(connection) || isGolevelup(connection)
    ? undefined
    : `no connection to RabbitMQ: hand one of amqplib, amqp-connection-manager, @golevelup/nestjs-rabbitmq or Nest's RMQ ` +
        `transport to super() before the queues, as in super(connection, 'mail').`;
}

export function isManager(value: unknown): value is AmqpManager {
  return hasMembers(value, { isConnected: 'function', on: 'function' });
}

function isConnection(value: unknown): value is AmqpConnection {
  return hasMembers(value, { createChannel: 'function', on: 'function' });
}

function isNestTransport(value: unknown): value is NestTransport {
  return hasMembers(value, { unwrap: 'function' });
}

/** Its member is undefined until it connects. */
function isGolevelup(value: unknown): value is { readonly managedConnection: unknown } {
  return isObject(value) && 'managedConnection' in value;
}
