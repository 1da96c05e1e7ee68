import { hasMembers, isObject, safely, type Emitter } from '../../hirefire.unknown.js';
import { EMITTER, identityOf, watchEvents, type ClientEmitter, type RedisClient } from '../redis-client.js';

/** The client of one node of a Cluster. */
interface ClusterNode {
  duplicate(override?: object): Emitter;
}

/** ioredis of any version, single or Cluster, bare or within BullMQ's proxy. */
interface Ioredis extends ClientEmitter {
  readonly status: string;
  readonly isCluster?: boolean;
  readonly options: Readonly<Record<string, unknown>>;
  /** The state of the connection, such as a database that was selected; null before it is made. */
  readonly condition?: { readonly select?: number } | null | undefined;
  /** The state of the lost connection, which the next one restores; null if there is none to restore. */
  readonly prevCondition?: { readonly select?: number } | null | undefined;
  /** The nodes of a Cluster; each further one comes with the event `+node`. */
  nodes?(): readonly ClusterNode[];
  on(event: '+node', listener: (node: ClusterNode) => void): unknown;
  on(event: string, listener: (argument: unknown) => void): unknown;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

/** Options that say how to behave, not which server to ask and as whom. All others must be equal for clients to share a key. */
const BEHAVIOUR = new Set([
  'autoPipeliningIgnoredCommands',
  'autoResendUnfulfilledCommands',
  'autoResubscribe',
  'blockingTimeout',
  'clientInfoTag',
  'commandTimeout',
  'connectTimeout',
  'connectionName',
  'disableClientInfo',
  'disconnectTimeout',
  'enableAutoPipelining',
  'enableOfflineQueue',
  'enableReadyCheck',
  'keepAlive',
  'lazyConnect',
  'maxLoadingRetryTime',
  'maxRetriesPerRequest',
  'noDelay',
  'reconnectOnError',
  'retryStrategy',
  'sentinelReconnectStrategy',
  'sentinelRetryStrategy',
  'showFriendlyErrorStack',
  'skipVersionCheck',
  'socketTimeout',
  'stringNumbers',
  'updateSentinels',
]);

const TYPES = { ...EMITTER, status: 'string', options: 'object', eval: 'function', evalsha: 'function' } as const;

export function ioredis(client: unknown): RedisClient | undefined {
  if (!hasMembers<Ioredis>(client, TYPES)) {
    return undefined;
  }
  const isCluster = client.isCluster === true;
  const server = isCluster ? identityOf(client) : addressOf(client);
  const { keyPrefix } = client.options;
  return {
    get status(): string {
      return client.status;
    },
    get serverKey(): string {
      // A connection can select another database at any time, and selects it again after a reconnect.
      return `${server} ${String(client.prevCondition?.select ?? client.condition?.select ?? client.options.db)}`;
    },
    serverName: isCluster ? 'a Cluster' : serverNameOf(client),
    isCluster,
    keyPrefix: typeof keyPrefix === 'string' ? keyPrefix : '',
    run: (script, keys, args) =>
      script.byHash(
        (sha) => client.evalsha(sha, keys.length, ...keys, ...args),
        (lua) => client.eval(lua, keys.length, ...keys, ...args),
      ),
    watch(connection): void {
      const onError = (error: unknown): void => connection.failed(error);
      watchEvents(client, connection, onError);
      if (isCluster) {
        client.on('node error', onError);
        client.nodes?.().forEach((node) => hearNode(node, onError));
        client.on('+node', (node) => hearNode(node, onError));
      }
    },
  };
}

/** A Cluster asks a node for its slots by a copy of the node's client, and does not report why that could not connect. */
function hearNode(node: ClusterNode, onError: (error: unknown) => void): void {
  const duplicate = node.duplicate.bind(node);
  node.duplicate = (override) => {
    const copy = duplicate(override);
    copy.on('error', onError);
    return copy;
  };
}

function serverNameOf({ options }: Ioredis): string | undefined {
  const { host, port, path, db, name, sentinels } = options;
  const database = typeof db === 'number' ? `/${db}` : '';
  if (typeof path === 'string') {
    return path + database;
  }
  if (Array.isArray(sentinels) && typeof name === 'string') {
    return `the Sentinel group ${name}${database}`;
  }
  return typeof host === 'string' && typeof port === 'number' ? `${host}:${port}${database}` : undefined;
}

/** The server and the user, as a text. */
function addressOf(client: Ioredis): string {
  const entries = Object.entries(client.options).filter(([name]) => !BEHAVIOUR.has(name));
  // Some options refer to themselves.
  return safely(() => serialized(Object.fromEntries(entries))) ?? identityOf(client);
}

function serialized(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(serialized).join()}]`;
  }
  if (Buffer.isBuffer(value)) {
    return value.toString('base64');
  }
  if (typeof value === 'function' || isObject(value)) {
    return isPlain(value)
      ? `{${Object.entries(value)
          .map(([name, part]) => `${JSON.stringify(name)}:${serialized(part)}`)
          .sort()
          .join()}}`
      : identityOf(value);
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
