import type { Metric } from '../hirefire.protocol.js';
import { Batch } from '../procs/batch.js';
import type { QueueReading } from '../procs/queue-proc.js';
import type { RedisClient } from './redis-client.js';
import { RedisConnection } from './redis-connection.js';
import { RedisScript } from './redis-script.js';
import { redisServerKey } from './redis-server-key.js';

/** A queue that lives on a Redis: the client it has, and its key, or what all of its keys begin with. */
export interface RedisQueue {
  readonly client: RedisClient;
  readonly key: string;
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
local readings = {}
for index = 1, #KEYS - 1 do
  local isRead, ready, active, age = pcall(read, KEYS[index])
  if isRead then
    readings[index] = { ready, active, age }
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
  readonly #batch = new Batch<Asked, QueueReading>(routeOf, (group) => this.#read(group));

  /**
   * @param lua - defines `local function read(key)`, which returns how many jobs of that queue are ready, how many are active,
   * and the ms for which the oldest has been ready. It can use `now`, in epoch ms, and `wantsLatency`; only then the age is read
   */
  constructor(lua: string) {
    this.#script = new RedisScript(HEAD + lua + TAIL);
  }

  read(queue: RedisQueue, metric: Metric): Promise<QueueReading> {
    return this.#batch.ask({ queue, metric });
  }

  async #read(group: readonly Asked[]): Promise<readonly (QueueReading | Error)[]> {
    const metric = group[0]?.metric ?? 'size';
    const client = pickClient(group.map(({ queue }) => queue.client));
    const keys = group.map(({ queue }) => queue.key);
    const args = [Date.now(), metric];
    const calls: Promise<readonly (QueueReading | Error)[]>[] = [];
    for (let start = 0; start < keys.length; start += MAX_QUEUES_PER_CALL[metric]) {
      calls.push(this.#call(client, keys.slice(start, start + MAX_QUEUES_PER_CALL[metric]), args));
    }
    return (await Promise.all(calls)).flat();
  }

  async #call(
    client: RedisClient,
    keys: readonly string[],
    args: readonly (string | number)[],
  ): Promise<readonly (QueueReading | Error)[]> {
    try {
      // One key a queue, by which a Cluster finds its slot: naming all of them would cost more time than reading them. The last
      // key never exists. While a slot migrates, one missing key makes the Cluster answer ASK, and the half-filled target would
      // report too few jobs; with two keys it answers TRYAGAIN.
      const answer = await this.#script.run(client, [...keys, `${keys[0] ?? ''}:`], args);
      const answers: unknown[] = Array.isArray(answer) ? answer : [];
      return keys.map((_, index) => readingOf(answers[index]));
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      return keys.map(() => failure);
    }
  }
}

/** What one call can read has the same: one server, one metric, and on a Cluster one slot. */
function routeOf({ queue: { client, key }, metric }: Asked): string {
  // Where a key has no hash tag, there can be no Cluster.
  const hashTag = /\{([^}]+)\}/.exec(key)?.[1] ?? '';
  return `${metric} ${hashTag} ${redisServerKey(client)}`;
}

/** Any of them reads the same; one that is connected does it now, unless its connection hangs. */
function pickClient(clients: readonly RedisClient[]): RedisClient {
  const client =
    clients.find((one) => RedisConnection.of(one).isIdle) ??
    clients.find(({ status }) => status === 'ready') ??
    clients.find(({ status }) => status !== 'end') ??
    clients[0];
  if (!client) {
    throw new Error('no queue was asked for');
  }
  return client;
}

function readingOf(answer: unknown): QueueReading | Error {
  if (typeof answer === 'string') {
    return new Error(answer);
  }
  const values: unknown[] = Array.isArray(answer) ? answer : [];
  // A client with the option stringNumbers gives strings.
  const [ready, active, ageInMs] = values.map((value) => (typeof value === 'string' ? Number(value) : value));
  return typeof ready === 'number' && typeof active === 'number' && typeof ageInMs === 'number'
    ? { ready, active, latency: ageInMs / 1000 }
    : new Error('Redis answered with something other than three numbers');
}
