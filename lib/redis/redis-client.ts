/** What the backends use of a client that belongs to a queue, whatever library it comes from. */
export type RedisClient = IoredisClient | CommandClient | NodeRedisClient;

interface Emitter {
  on(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
  on(event: 'error' | 'node error', listener: (error: unknown) => void): unknown;
  getMaxListeners(): number;
  setMaxListeners(most: number): unknown;
}

interface WatchedClient extends Emitter {
  readonly status: string;
}

interface Condition {
  readonly select?: number;
}

/** The client of one node of a Cluster. */
export interface ClusterNode {
  duplicate(override?: object): Pick<Emitter, 'on'>;
}

/** ioredis, single or Cluster, of whatever version the queue library brings, bare or within BullMQ's proxy. */
export interface IoredisClient extends WatchedClient {
  readonly isCluster?: boolean;
  /** Of a Cluster: the clients of its nodes; each further one comes with the event `+node`. */
  nodes?(): readonly ClusterNode[];
  on(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
  on(event: 'error' | 'node error', listener: (error: unknown) => void): unknown;
  on(event: '+node', listener: (node: ClusterNode) => void): unknown;
  readonly options: Readonly<Record<string, unknown>>;
  /** What holds for the connection since it was made, such as a database that was selected; null before. */
  readonly condition?: Condition | null | undefined;
  /** What held for the connection that was lost, and will hold for the next one; null while there is none to restore. */
  readonly prevCondition?: Condition | null | undefined;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

/** The face that BullMQ gives any other library: scripts only, each defined with a name and a number of keys. */
export interface CommandClient extends WatchedClient {
  defineCommand(name: string, definition: { readonly lua: string; readonly numberOfKeys: number }): void;
  runCommand(name: string, keysAndArguments: (string | number)[]): Promise<unknown>;
}

interface KeysAndArguments {
  readonly keys: string[];
  readonly arguments: string[];
}

/** node-redis 4 or later. */
export interface NodeRedisClient extends Emitter {
  /** Between `connect()` and the end that the app, or its reconnect strategy, puts to it. */
  readonly isOpen: boolean;
  readonly isReady: boolean;
  readonly options?: { readonly socket?: object; readonly database?: number } | undefined;
  eval(script: string, options: KeysAndArguments): Promise<unknown>;
  evalSha(sha: string, options: KeysAndArguments): Promise<unknown>;
}

export function isRedisClient(value: unknown): value is RedisClient {
  if (!has(value, ['on', 'getMaxListeners', 'setMaxListeners'])) {
    return false;
  }
  const client: { readonly status?: unknown; readonly isOpen?: unknown; readonly isReady?: unknown } = value;
  return (
    (typeof client.status === 'string' &&
      (has(client, ['eval', 'evalsha']) || has(client, ['defineCommand', 'runCommand']))) ||
    (typeof client.isOpen === 'boolean' && typeof client.isReady === 'boolean' && has(client, ['eval', 'evalSha']))
  );
}

export function isIoredis(client: RedisClient): client is IoredisClient {
  return 'evalsha' in client;
}

export function isNodeRedis(client: RedisClient): client is NodeRedisClient {
  return 'isReady' in client;
}

/** In the words of ioredis; `closed` is a client of node-redis that is not open: not yet, or not any more. */
export function statusOf(client: RedisClient): string {
  if (!isNodeRedis(client)) {
    return client.status;
  }
  return client.isReady ? 'ready' : client.isOpen ? 'connecting' : 'closed';
}

function has(value: unknown, methods: readonly string[]): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === 'function')
  );
}
