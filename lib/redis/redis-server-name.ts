import { isIoredis, isNodeRedis, type NodeRedisClient, type RedisClient } from './redis-client.js';

/** What of a client's options says where its server is; never who asks it. */
interface ServerOptions {
  readonly host?: unknown;
  readonly port?: unknown;
  readonly path?: unknown;
  readonly db?: unknown;
  readonly name?: unknown;
  readonly sentinels?: unknown;
}

/** Where a client's server is, for people: `127.0.0.1:6379/0`. Without credentials; `undefined` where the client does not tell. */
export function redisServerName(client: RedisClient): string | undefined {
  if (!isIoredis(client)) {
    return isNodeRedis(client) ? nodeRedisServerName(client) : undefined;
  }
  if (client.isCluster === true) {
    return 'a Cluster';
  }
  const { host, port, path, db, name, sentinels }: ServerOptions = client.options;
  const database = typeof db === 'number' ? `/${db}` : '';
  if (typeof path === 'string') {
    return path + database;
  }
  if (Array.isArray(sentinels) && typeof name === 'string') {
    return `the Sentinel group ${name}${database}`;
  }
  return typeof host === 'string' && typeof port === 'number' ? `${host}:${port}${database}` : undefined;
}

/** What a client of node-redis is not told has these defaults. */
function nodeRedisServerName({ options }: NodeRedisClient): string {
  const { host = 'localhost', port = 6379, path }: ServerOptions = options?.socket ?? {};
  return `${typeof path === 'string' ? path : `${String(host)}:${String(port)}`}/${options?.database ?? 0}`;
}
