import type { Metric } from '../hirefire.protocol.js';
import { Batch } from '../procs/batch.js';
import type { QueueReading } from '../procs/queue-proc.js';
import { isMeasureFailure, MeasureFailure } from '../procs/measure-failure.js';
import { isIoredis, statusOf, type RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { redisFailure } from './redis-failure.js';
import { RedisScript } from './redis-script.js';
import { redisServerKey } from './redis-server-key.js';

/** A queue that lives on a Redis: the client it has, and its key, or what all of its keys begin with. */
export interface RedisQueue {
  readonly client: RedisClient;
  readonly key: string;
  /** What else the script must be told of this queue. */
  readonly argument?: string;
}

/** What a script read of one queue. */
export interface ScriptReading extends QueueReading {
  /** Only where the library has never heard of this queue: some of those that it knows, if it keeps a list of them. */
  readonly knownQueues?: readonly string[];
}

interface Asked {
  readonly queue: RedisQueue;
  readonly metric: Metric;
}

/** How many queues one call reads: Redis does nothing else meanwhile, and a latency takes longer to find than a size. */
const MAX_QUEUES_PER_CALL: Readonly<Record<Metric, number>> = { size: 32, latency: 8 };

const HEAD = `
local now, wantsLatency = tonumber(ARGV[1]), ARGV[2] == 'latency'
`;

/** One queue that can't be read must not hide the others. The last of the keys is no queue's. */
const TAIL = `
-- A replica without its master, or that has never had all of its data, knows too few jobs.
local isTold, replication = pcall(redis.call, 'INFO', 'replication')
if isTold and string.find(replication, 'role:slave', 1, true) and not string.find(replication, 'master_link_status:up', 1, true) then
  return redis.error_reply('NOTSYNCED the replica is not in sync with its master')
end
local readings = {}
for index = 1, #KEYS - 1 do
  local isRead, ready, active, age, knownQueues = pcall(read, KEYS[index], ARGV[index + 2])
  if isRead then
    readings[index] = { ready, active, age, knownQueues }
  else
    readings[index] = type(ready) == 'table' and ready['err'] or tostring(ready)
  end
end
return readings
`;

/**
 * Reads queues of one library by a Lua function of its own. All queues asked for in one tick, by any proc, are read
 * together: those on the same server over one of their connections, several of them by one call.
 */
export class QueueScript {
  readonly #script: RedisScript;
  readonly #batch = new Batch<Asked, ScriptReading>(routeOf, (group) => this.#read(group));

  /**
   * @param lua - defines `local function read(key, argument)`, which returns how many jobs of that queue are ready, how many are
   * active, and the ms for which the oldest has been ready; a list of names too where the library has never heard of the queue.
   * It can use `now`, in epoch ms, and `wantsLatency`; only then the age is read
   */
  constructor(lua: string) {
    this.#script = new RedisScript(HEAD + lua + TAIL);
  }

  read(queue: RedisQueue, metric: Metric): Promise<ScriptReading> {
    return this.#batch.ask({ queue, metric });
  }

  async #read(group: readonly Asked[]): Promise<readonly (ScriptReading | Error)[]> {
    const metric = group[0]?.metric ?? 'size';
    const client = pickClient(group.map(({ queue }) => queue.client));
    const queues = group.map(({ queue }) => queue);
    const args = [Date.now(), metric];
    const calls: Promise<readonly (ScriptReading | Error)[]>[] = [];
    for (let start = 0; start < queues.length; start += MAX_QUEUES_PER_CALL[metric]) {
      calls.push(this.#call(client, queues.slice(start, start + MAX_QUEUES_PER_CALL[metric]), args));
    }
    return (await Promise.all(calls)).flat();
  }

  async #call(
    client: RedisClient,
    queues: readonly RedisQueue[],
    args: readonly (string | number)[],
  ): Promise<readonly (ScriptReading | Error)[]> {
    const keys = queues.map(({ key }) => key);
    const queueArgs = queues.flatMap(({ argument }) => argument ?? []);
    try {
      // One key a queue, by which a Cluster finds its slot: naming all of them would cost more time than reading them. The last
      // key never exists. While a slot migrates, one missing key makes the Cluster answer ASK, and the half-filled target would
      // report too few jobs; with two keys it answers TRYAGAIN.
      const answer = await this.#script.run(client, [...keys, besides(client, keys[0] ?? '')], [...args, ...queueArgs]);
      const answers: unknown[] = Array.isArray(answer) ? answer : [];
      return keys.map((_, index) => readingOf(answers[index]));
    } catch (error) {
      const failure = isMeasureFailure(error) ? error : redisFailure('Redis could not be read', error);
      return keys.map(() => failure);
    }
  }
}

/** What one call can read has the same: one server, one metric, and on a Cluster one slot. */
function routeOf({ queue: { client, key }, metric }: Asked): string {
  const slot = hashTagOf(key) ?? (isCluster(client) ? key : '');
  return `${metric} ${slot} ${redisServerKey(client)}`;
}

/** A key that never exists, in the same slot. */
function besides(client: RedisClient, key: string): string {
  return isCluster(client) && hashTagOf(key) === undefined ? `{${key}}:` : `${key}:`;
}

function hashTagOf(key: string): string | undefined {
  return /\{([^}]+)\}/.exec(key)?.[1];
}

function isCluster(client: RedisClient): boolean {
  return isIoredis(client) && client.isCluster === true;
}

/** Any of them reads the same; one that is connected does it now, unless its connection hangs. */
function pickClient(clients: readonly RedisClient[]): RedisClient {
  const client =
    clients.find((one) => RedisConnection.of(one).isIdle) ??
    clients.find((one) => statusOf(one) === 'ready') ??
    clients.find((one) => statusOf(one) !== 'end') ??
    clients[0];
  if (!client) {
    throw new MeasureFailure('no queue was asked for');
  }
  return client;
}

function readingOf(answer: unknown): ScriptReading | Error {
  if (typeof answer === 'string') {
    return redisFailure('Redis could not read a queue', new Error(answer));
  }
  const values: unknown[] = Array.isArray(answer) ? answer : [];
  // A client with the option stringNumbers gives strings.
  const [ready, active, ageInMs] = values.map((value) => (typeof value === 'string' ? Number(value) : value));
  const known: unknown = values[3];
  return typeof ready === 'number' && typeof active === 'number' && typeof ageInMs === 'number'
    ? { ready, active, latency: ageInMs / 1000, ...(Array.isArray(known) ? { knownQueues: known.map(String) } : {}) }
    : new MeasureFailure('Redis answered with something other than three numbers');
}
