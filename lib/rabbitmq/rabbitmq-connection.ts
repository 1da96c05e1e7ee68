/** The shapes in which an app holds its connection to RabbitMQ, for any version of the libraries. */
import { propertyOf } from '../procs/failure-message.js';
import { hasMembers, isObject, type Emitter } from '../procs/shapes.js';

/** A channel of amqplib, as far as it is used. */
export interface AmqpChannel extends Emitter {
  checkQueue(queue: string): PromiseLike<{ readonly messageCount: number }>;
}

/** The result of amqplib's `connect()`. */
export interface AmqpConnection extends Emitter {
  createChannel(): PromiseLike<AmqpChannel>;
}

/** The result of amqp-connection-manager's `connect()`: it makes a new connection when one is lost. */
export interface AmqpManager extends Emitter {
  isConnected(): boolean;
  readonly connection: AmqpConnection | undefined;
}

/** An `AmqpConnection` of @golevelup/nestjs-rabbitmq. */
export interface GolevelupConnection {
  readonly managedConnection: AmqpManager;
}

/** A client or a server of Nest's RMQ transport: it gives its manager once it is connected. */
export interface NestTransport {
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
