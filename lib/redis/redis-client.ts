/** What the backends use of a client that belongs to a queue, whatever library it comes from. */
export type RedisClient = IoredisClient | CommandClient;

interface WatchedClient {
  readonly status: string;
  on(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  getMaxListeners(): number;
  setMaxListeners(most: number): unknown;
}

interface Condition {
  readonly select?: number;
}

/** ioredis, single or Cluster, of whatever version the queue library brings, bare or within BullMQ's proxy. */
export interface IoredisClient extends WatchedClient {
  readonly isCluster?: boolean;
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

export function isRedisClient(value: unknown): value is RedisClient {
  return (
    has(value, ['on', 'getMaxListeners', 'setMaxListeners']) &&
    'status' in value &&
    typeof value.status === 'string' &&
    (has(value, ['eval', 'evalsha']) || has(value, ['defineCommand', 'runCommand']))
  );
}

export function isIoredis(client: RedisClient): client is IoredisClient {
  return 'evalsha' in client;
}

function has(value: unknown, methods: readonly string[]): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof Reflect.get(value, method) === 'function')
  );
}
