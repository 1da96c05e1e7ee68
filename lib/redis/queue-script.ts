import type { Metric } from '../hirefire.protocol.js';
import { Batch, type Group } from '../procs/batch.js';
import type { QueueReading } from '../procs/queue-proc.js';
import { isMeasureFailure, MeasureFailure } from '../procs/measure-failure.js';
import type { RedisConnection } from './redis-connection.js';
import { REDIS_CAUSES } from './redis-failure.js';
import { RedisScript } from './redis-script.js';

/** A queue on a Redis: its connection, and its key, or the prefix of its keys. */
export interface RedisQueue {
  readonly connection: RedisConnection;
  readonly key: string;
  /** A further argument of the script. */
  readonly argument?: string;
}

export interface ScriptReading extends QueueReading {
  /** For a queue that the library does not know: some of those that it knows, if it keeps a list of them. */
  readonly knownQueues?: readonly string[];
  /** The key of an entry that can't be understood. */
  readonly oddIn?: string;
}

interface Asked {
  readonly queue: RedisQueue;
  readonly metric: Metric;
}

/** The argument that asks a script for the names of the workers too. */
export const WORKERS = 'workers';

/** Redis does nothing else during a call, and a latency takes longer to find than a size. */
const MAX_QUEUES_PER_CALL: Readonly<Record<Metric, number>> = { size: 32, latency: 8 };

/** Redis's clock decides what is due: the clocks of the app's dynos may differ from it and from each other. */
const HEAD = `
local areAllowed, clock, replication = pcall(function()
  return redis.call('TIME'), redis.call('INFO', 'replication')
end)
if not areAllowed then
  return redis.error_reply('NOINFO the user may not run INFO and TIME')
end
-- A replica without its master, or that has never had all of its data, knows too few jobs.
if not string.find(replication, 'role:master', 1, true) and not string.find(replication, 'master_link_status:up', 1, true) then
  return redis.error_reply('NOTSYNCED the replica is not in sync with its master')
end
local now, wantsLatency = clock[1] * 1000 + math.floor(clock[2] / 1000), ARGV[1] == 'latency'

local function decoded(json)
  local isJson, value = pcall(cjson.decode, json)
  return isJson and type(value) == 'table' and value or {}
end
`;

/**
 * A queue that can't be read must not hide the others. The last key belongs to no queue. An age is at least one millisecond: a latency
 * of 0 means that no job waits.
 */
const TAIL = `
local readings = {}
for index = 1, #KEYS - 1 do
  local isRead, ready, active, oldest, knownQueues, oddIn, workers = pcall(read, KEYS[index], ARGV[index + 1])
  if isRead then
    local age = oldest and math.max(math.floor(now - oldest + 0.5), 1) or 0
    readings[index] = { ready, active, age, knownQueues or false, oddIn or false, workers or false }
  else
    readings[index] = type(ready) == 'table' and ready['err'] or tostring(ready)
  end
end
return readings
`;

/**
 * Reads queues of one library by a Lua function. All queues that any proc asks for in one tick are read together: those on
 * the same server over one of their connections, several of them by one call.
 */
export class QueueScript {
  readonly #script: RedisScript;
  readonly #batch = new Batch<Asked, ScriptReading>(routeOf, (group) => this.#read(group));

  /**
   * @param lua - defines `local function read(key, argument)`, which returns how many jobs of that queue are ready, how many are
   * active, and since when the oldest is ready, in epoch ms; a list of names too where the library has never heard of the queue;
   * the key of an entry that can't be understood, if there is one; and for the argument {@link WORKERS} their names, as in a
   * reading. It can use `now`, in epoch ms, `decoded(json)`, which gives {} for what is no JSON, and `wantsLatency`: without it, the
   * oldest is not read
   */
  constructor(lua: string) {
    this.#script = new RedisScript(HEAD + lua + TAIL);
  }

  read(queue: RedisQueue, metric: Metric): Promise<ScriptReading> {
    return this.#batch.ask({ queue, metric });
  }

  async #read(group: Group<Asked>): Promise<readonly (ScriptReading | Error)[]> {
    const [{ metric }] = group;
    const queues = group.map(({ queue }) => queue);
    const connection = pickConnection(group);
    const calls: Promise<readonly (ScriptReading | Error)[]>[] = [];
    for (let start = 0; start < queues.length; start += MAX_QUEUES_PER_CALL[metric]) {
      calls.push(this.#call(connection, queues.slice(start, start + MAX_QUEUES_PER_CALL[metric]), metric));
    }
    return (await Promise.all(calls)).flat();
  }

  async #call(
    connection: RedisConnection,
    queues: readonly RedisQueue[],
    metric: Metric,
  ): Promise<readonly (ScriptReading | Error)[]> {
    const keys = queues.map(({ key }) => key);
    const queueArgs = queues.map(({ argument = '' }) => argument);
    try {
      // One key per queue, by which a Cluster finds its slot: naming all of them would cost more time than reading them. The last
      // key never exists. While a slot migrates, one missing key makes the Cluster answer ASK, and the half-filled target would
      // report too few jobs; with two keys it answers TRYAGAIN.
      const answer = await connection.run(
        this.#script,
        [...keys, missingKeyNextTo(connection, keys[0] ?? '')],
        [metric, ...queueArgs],
      );
      const answers: unknown[] = Array.isArray(answer) ? answer : [];
      return keys.map((_, index) => readingOf(answers[index]));
    } catch (error) {
      const failure = isMeasureFailure(error) ? error : REDIS_CAUSES.failure('Redis could not be read', error);
      return keys.map(() => failure);
    }
  }
}

/** Queues that one call can read share it: one server, one metric, and on a Cluster one slot. */
function routeOf({ queue: { connection, key }, metric }: Asked): string {
  const slot = hashTagOf(key) ?? (connection.client.isCluster === true ? key : '');
  return `${metric} ${slot} ${connection.client.serverKey}`;
}

/** A key that never exists, in the same slot. */
function missingKeyNextTo({ client }: RedisConnection, key: string): string {
  return client.isCluster === true && hashTagOf(key) === undefined ? `{${key}}:` : `${key}:`;
}

function hashTagOf(key: string): string | undefined {
  return /\{([^}]+)\}/.exec(key)?.[1];
}

/** All of them read the same. Prefers one that is connected, and of these one that does not hang. */
function pickConnection(group: Group<Asked>): RedisConnection {
  const connections = group.map(({ queue }) => queue.connection);
  return (
    connections.find(({ isIdle, client }) => isIdle && client.status === 'ready') ??
    connections.find(({ client }) => client.status === 'ready') ??
    connections.find(({ client }) => client.status !== 'end') ??
    group[0].queue.connection
  );
}

function readingOf(answer: unknown): ScriptReading | Error {
  if (typeof answer === 'string') {
    return REDIS_CAUSES.failure('Redis could not read a queue', new Error(answer));
  }
  const values: unknown[] = Array.isArray(answer) ? answer : [];
  // A client with the option stringNumbers gives strings.
  const [ready, active, ageInMs] = values.map((value) => (typeof value === 'string' ? Number(value) : value));
  const [known, oddIn, workers] = values.slice(3);
  return typeof ready === 'number' && typeof active === 'number' && typeof ageInMs === 'number'
    ? {
        ready,
        active,
        latency: ageInMs / 1000,
        ...(Array.isArray(known) ? { knownQueues: known.map(String) } : {}),
        ...(typeof oddIn === 'string' ? { oddIn } : {}),
        ...(Array.isArray(workers) ? { workers: workers.map(String) } : {}),
      }
    : new MeasureFailure('Redis answered with something other than three numbers');
}
