import { isIoredis, type IoredisClient, type RedisClient } from './redis-client.js';

/** Options of ioredis that say how to behave, not which server to ask and as whom. Every other option must be equal for two clients to share a connection. */
const BEHAVIOUR = new Set([
  'autoPipeliningIgnoredCommands',
  'autoResendUnfulfilledCommands',
  'autoResubscribe',
  'clientInfoTag',
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
  'stringNumbers',
]);

/** What can't be compared by its parts is known by a number. */
const identities = new WeakMap<object, number>();
let lastIdentity = 0;

const keys = new WeakMap<RedisClient, string>();

/**
 * A text that two clients have in common only when they ask the same server, as the same user, in the same database: what
 * one of them can read, the other can.
 */
export function redisServerKey(client: RedisClient): string {
  const known = keys.get(client) ?? keyOf(client);
  keys.set(client, known);
  return isIoredis(client) ? `${known} ${databaseOf(client)}` : known;
}

/** Any time, a connection can be told to select another database, and one that is made anew will select it again. */
function databaseOf({ prevCondition, condition, options }: IoredisClient): string {
  return String(prevCondition?.select ?? condition?.select ?? options.db);
}

function keyOf(client: RedisClient): string {
  if (!isIoredis(client) || client.isCluster === true) {
    return identityOf(client);
  }
  try {
    return optionsOf(client);
  } catch {
    // An option that refers to itself, or a getter that throws.
    return identityOf(client);
  }
}

function optionsOf({ options }: IoredisClient): string {
  const entries = Object.entries(options).filter(([name]) => !BEHAVIOUR.has(name));
  return textOf(Object.fromEntries(entries));
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) {
    return `[${value.map(textOf).join()}]`;
  }
  if (Buffer.isBuffer(value)) {
    return value.toString('base64');
  }
  if (typeof value === 'function' || (typeof value === 'object' && value !== null)) {
    return isPlain(value)
      ? `{${Object.entries(value)
          .map(([name, part]) => `${JSON.stringify(name)}:${textOf(part)}`)
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

function identityOf(value: object): string {
  const known = identities.get(value) ?? ++lastIdentity;
  identities.set(value, known);
  return `#${known}`;
}
