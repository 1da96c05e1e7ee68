/** The shapes in which an app holds its connection to RabbitMQ, for any version of the libraries. */
import { hasMembers, hasMethod, isObject, propertyOf, safely, type Emitter } from '../hirefire.unknown.js';
import { typeOf } from '../procs/failure-message.js';

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
  /** Counts a queue's messages and consumers. */
  checkQueue(queue: string): PromiseLike<{
    /** Messages that are ready for a consumer. */
    readonly messageCount: number;
    /** Consumers of all connections. */
    readonly consumerCount: number;
  }>;
  /** Closes it, which gives its place to another channel of the connection. */
  close(): PromiseLike<unknown>;
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
  /** True if there is a connection now. */
  isConnected(): boolean;
  /** The connection of amqplib; `undefined` while there is none. */
  readonly connection: AmqpConnection | undefined;
}

/**
 * The used part of an `AmqpConnection` of `@golevelup/nestjs-rabbitmq`.
 *
 * @example
 * ```ts
 * const connection: GolevelupConnection = app.get(AmqpConnection);
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
 * const transport: NestTransport = app.get('MAIL');
 * ```
 *
 * @publicApi
 */
export interface NestTransport {
  /** Returns the manager; throws before the client is connected. */
  unwrap(): unknown;
}

/**
 * The used part of a client of the RMQ transport of Nest 10.
 *
 * @example
 * ```ts
 * const client: NestClient10 = app.get('MAIL');
 * ```
 *
 * @publicApi
 */
export interface NestClient10 {
  /** Connects; its manager is a protected member of Nest's class. */
  connect(): Promise<unknown>;
  /** Sends a message to a queue, and expects no answer. */
  emit(pattern: unknown, data: unknown): unknown;
  /** Sends a message to a queue. */
  send(pattern: unknown, data: unknown): unknown;
}

/**
 * A connection of amqplib, a manager of amqp-connection-manager, an `AmqpConnection` of `@golevelup/nestjs-rabbitmq`, or a client or
 * server of Nest's RMQ transport.
 *
 * @example
 * ```ts
 * const connection: RabbitMQConnection = amqp.connect([process.env.CLOUDAMQP_URL]);
 * ```
 *
 * @publicApi
 */
export type RabbitMQConnection = AmqpConnection | AmqpManager | GolevelupConnection | NestTransport | NestClient10;

/** The connection or the manager within an app's connection; `undefined` if there is none yet. */
export function connectionIn(connection: unknown): AmqpConnection | AmqpManager | undefined {
  const source = innerOf(connection);
  return isManager(source) || isConnection(source) ? source : undefined;
}

/** Why this is no connection, and the cure, to continue "WorkerProc was given "; `undefined` for one. */
export function refusalOfConnection(connection: unknown): string | undefined {
  if (connection === undefined || connection === null) {
    return (
      `${typeOf(connection)} for a connection: inject one. For one that comes later, pass a function that returns it, as in ` +
      `super(() => service.connection, 'mail').`
    );
  }
  const createChannel = propertyOf(connection, 'createChannel');
  if (typeof createChannel === 'function' && createChannel.length > 1) {
    return `a connection of amqplib's callback API: connect with import { connect } from 'amqplib'.`;
  }
  if (hasMethod(connection, 'checkQueue')) {
    return 'a channel: pass the connection that it belongs to, because the proc opens its own channels.';
  }
  const inner = innerOf(connection);
  return inner === undefined || inner === null || isManager(inner) || isConnection(inner)
    ? undefined
    : `no connection to RabbitMQ: hand one of amqplib, amqp-connection-manager, @golevelup/nestjs-rabbitmq or Nest's RMQ ` +
        `transport to super() before the queues, as in super(connection, 'mail').`;
}

export function isManager(value: unknown): value is AmqpManager {
  return hasMembers<AmqpManager>(value, { isConnected: 'function', on: 'function' }) && 'connection' in value;
}

function isConnection(value: unknown): value is AmqpConnection {
  return hasMembers<AmqpConnection>(value, { createChannel: 'function', on: 'function' });
}

/** The value itself, or the connection that a class of golevelup or Nest holds: nothing until it connects. */
function innerOf(value: unknown): unknown {
  if (hasMembers<NestTransport>(value, { unwrap: 'function' })) {
    // A client throws until it is connected.
    return safely(() => value.unwrap());
  }
  if (isObject(value) && 'managedConnection' in value) {
    return value.managedConnection;
  }
  const isClient10 = hasMembers<NestClient10>(value, { connect: 'function', emit: 'function', send: 'function' });
  return isClient10 && 'client' in value ? value.client : value;
}
