import type { Connection } from '../procs/connection.js';
import { remembered } from '../hirefire.remembered.js';
import { propertyOf, type Emitter } from '../hirefire.unknown.js';
import type { RedisScript } from './redis-script.js';

/** A Redis client of the app, whatever library it comes from: each library has its file in clients/. */
export interface RedisClient {
  /** In the words of ioredis: `ready`; `wait` for a client that connects with its first command; `end`; and others. */
  readonly status: string;
  /** Two clients share a key only if they ask the same server, as the same user, in the same database. */
  readonly serverKey: string;
  /** For people, without credentials: `127.0.0.1:6379/0`; `undefined` if the client does not say. */
  readonly serverName?: string | undefined;
  readonly isCluster?: boolean;
  /** The client puts it before keys, not before arguments. */
  readonly keyPrefix?: string;
  run(script: RedisScript, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
  /** Reports to the connection from now on. */
  watch(connection: Connection): void;
}

/** Emits `ready`, `close`, `end` and `error`. */
export interface ClientEmitter extends Emitter {
  getMaxListeners(): number;
  setMaxListeners(most: number): unknown;
}

export const EMITTER = { on: 'function', getMaxListeners: 'function', setMaxListeners: 'function' } as const;

export function watchEvents(client: ClientEmitter, connection: Connection, onError: (error: unknown) => void): void {
  const most = client.getMaxListeners();
  // Room for one listener more per event, or Node would warn of a leak; 0 is no limit.
  client.setMaxListeners(most === 0 ? 0 : most + 1);
  client.on('ready', () => connection.made());
  client.on('error', onError);
  client.on('close', () => connection.lost());
  client.on('end', () => connection.lost(true));
}

/** True if the only news is that the connection was closed, which node-redis reports as an error. */
export function isClose(error: unknown): boolean {
  return propertyOf(error, 'message') === 'Socket closed unexpectedly';
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** A number for an object that can't be compared by value. */
export function identityOf(value: object): string {
  return `#${remembered(identities, value, () => ++lastIdentity)}`;
}
