import { Batch, type Group } from '../procs/batch.js';
import { isMeasureFailure } from '../procs/measure-failure.js';
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

interface Asked<Mode extends string> {
  readonly queue: RedisQueue;
  readonly mode: Mode;
}

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
local now, mode = clock[1] * 1000 + math.floor(clock[2] / 1000), ARGV[1]
`;

/** A queue that can't be read must not hide the others. The last key belongs to no queue. */
const TAIL = `
local answers = {}
for index = 1, #KEYS - 1 do
  local isRead, answer = pcall(answerOf, KEYS[index], ARGV[index + 1])
  if isRead then
    answers[index] = answer
  else
    answers[index] = type(answer) == 'table' and answer['err'] or tostring(answer)
  end
end
return answers
`;

/**
 * Reads queues of one library by a Lua function. All queues that any proc asks for in one tick are read together: those on
 * the same server over one of their connections, several of them by one call.
 */
export class BatchedScript<Mode extends string, Answer> {
  readonly #script: RedisScript;
  readonly #batch = new Batch<Asked<Mode>, Answer>(routeOf, (group) => this.#read(group));

  /**
   * @param lua - defines `local function answerOf(key, argument)`, which returns a table; it can use `now`, in epoch ms, and `mode`
   * @param queuesPerCall - Redis does nothing else during a call
   * @param answerOf - checks the table
   */
  constructor(
    lua: string,
    private readonly queuesPerCall: Readonly<Record<Mode, number>>,
    private readonly answerOf: (values: readonly unknown[]) => Answer | Error,
  ) {
    this.#script = new RedisScript(HEAD + lua + TAIL);
  }

  read(queue: RedisQueue, mode: Mode): Promise<Answer> {
    return this.#batch.ask({ queue, mode });
  }

  async #read(group: Group<Asked<Mode>>): Promise<readonly (Answer | Error)[]> {
    const [{ mode }] = group;
    const queues = group.map(({ queue }) => queue);
    const connection = pickConnection(queues) ?? group[0].queue.connection;
    const calls: Promise<readonly (Answer | Error)[]>[] = [];
    for (let start = 0; start < queues.length; start += this.queuesPerCall[mode]) {
      calls.push(this.#call(connection, queues.slice(start, start + this.queuesPerCall[mode]), mode));
    }
    return (await Promise.all(calls)).flat();
  }

  async #call(
    connection: RedisConnection,
    queues: readonly RedisQueue[],
    mode: Mode,
  ): Promise<readonly (Answer | Error)[]> {
    const keys = queues.map(({ key }) => key);
    const queueArgs = queues.map(({ argument = '' }) => argument);
    try {
      // One key per queue, by which a Cluster finds its slot: naming all of them would cost more time than reading them. The last
      // key never exists. While a slot migrates, one missing key makes the Cluster answer ASK, and the half-filled target would
      // report too few jobs; with two keys it answers TRYAGAIN.
      const answer = await connection.run(
        this.#script,
        [...keys, missingKeyNextTo(connection, keys[0] ?? '')],
        [mode, ...queueArgs],
      );
      const answers: unknown[] = Array.isArray(answer) ? answer : [];
      return keys.map((_, index) => this.#checked(answers[index]));
    } catch (error) {
      const failure = isMeasureFailure(error) ? error : REDIS_CAUSES.failure('Redis could not be read', error);
      return keys.map(() => failure);
    }
  }

  #checked(answer: unknown): Answer | Error {
    return typeof answer === 'string'
      ? REDIS_CAUSES.failure('Redis could not read a queue', new Error(answer))
      : this.answerOf(Array.isArray(answer) ? answer : []);
  }
}

/** Queues that one call can read share it: one server, one mode, and on a Cluster one slot. */
function routeOf({ queue: { connection, key }, mode }: Asked<string>): string {
  const slot = hashTagOf(key) ?? (connection.client.isCluster === true ? key : '');
  return `${mode} ${slot} ${connection.client.serverKey}`;
}

/** A key that never exists, in the same slot. */
function missingKeyNextTo({ client }: RedisConnection, key: string): string {
  return client.isCluster === true && hashTagOf(key) === undefined ? `{${key}}:` : `${key}:`;
}

function hashTagOf(key: string): string | undefined {
  return /\{([^}]+)\}/.exec(key)?.[1];
}

/** All of them read the same. Prefers one that is connected, and of these one that does not hang. */
function pickConnection(queues: readonly RedisQueue[]): RedisConnection | undefined {
  const connections = queues.map(({ connection }) => connection);
  return (
    connections.find(({ isIdle, client }) => isIdle && client.status === 'ready') ??
    connections.find(({ client }) => client.status === 'ready') ??
    connections.find(({ client }) => client.status !== 'end')
  );
}
