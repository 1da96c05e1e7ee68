/** What the backends use of an ioredis client, single or Cluster, of whatever version the queue library brings. */
export interface RedisClient {
  readonly status: string;
  on(event: 'ready' | 'close' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  getMaxListeners(): number;
  setMaxListeners(most: number): unknown;
  eval(script: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
  evalsha(sha: string, numberOfKeys: number, ...keysAndArguments: (string | number)[]): Promise<unknown>;
}

export function isRedisClient(value: unknown): value is RedisClient {
  return (
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    typeof value.status === 'string' &&
    ['on', 'getMaxListeners', 'setMaxListeners', 'eval', 'evalsha'].every(
      (method) => typeof Reflect.get(value, method) === 'function',
    )
  );
}
