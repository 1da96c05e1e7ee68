import { hasMembers, isObject, propertyOf } from '../../hirefire.unknown.js';
import { EMITTER, identityOf, isClose, watchEvents, type ClientEmitter, type RedisClient } from '../redis-client.js';

/** BullMQ's wrapper of any other library: it runs scripts only, each defined with a name and a number of keys. */
interface BullMQClient extends ClientEmitter {
  readonly status: string;
  /** The wrapped client. */
  readonly raw?: unknown;
  defineCommand(name: string, definition: { readonly lua: string; readonly numberOfKeys: number }): void;
  runCommand(name: string, keysAndArguments: (string | number)[]): Promise<unknown>;
}

const TYPES = { ...EMITTER, status: 'string', defineCommand: 'function', runCommand: 'function' } as const;

export function bullMQClient(client: unknown): RedisClient | undefined {
  if (!hasMembers<BullMQClient>(client, TYPES)) {
    return undefined;
  }
  const defined = new Set<string>();
  return {
    get status(): string {
      return client.status;
    },
    // BullMQ makes a wrapper per queue, also of a client that they share.
    serverKey: identityOf(isObject(client.raw) ? client.raw : client),
    async run({ sha, lua }, keys, args): Promise<unknown> {
      const name = `nestjs-hirefire:${sha}:${keys.length}`;
      if (!defined.has(name)) {
        client.defineCommand(name, { lua, numberOfKeys: keys.length });
        defined.add(name);
      }
      return client.runCommand(name, [...keys, ...args]);
    },
    watch: (connection) =>
      watchEvents(client, connection, (error) => (isClose(error) ? connection.lost() : connection.failed(error))),
  };
}

/** A queue or a worker of BullMQ. */
export interface OwnerOfStore {
  getBackend?(): unknown;
}

/** Since version 6, an owner has a backend for its store; before, it is its own. */
function storeOf(owner: OwnerOfStore): unknown {
  return typeof owner.getBackend === 'function' ? owner.getBackend() : owner;
}

/** The client, at once: BullMQ's promise of it does not settle before Redis is there, and never after a refused login. */
export function clientAtHand(owner: OwnerOfStore): unknown {
  return propertyOf(propertyOf(storeOf(owner), 'connection'), '_client');
}

/** The client, or BullMQ's promise of it. */
export function clientOf(owner: OwnerOfStore): unknown {
  return propertyOf(storeOf(owner), 'client');
}
