import type { Metric } from '../hirefire.protocol.js';
import type { QueueReading } from '../procs/queue-proc.js';
import type { RedisClient } from './redis-client.js';
import { QUEUE_SCRIPT_HEAD, QUEUE_SCRIPT_TAIL } from './queue-script.lua.js';
import { RedisConnection } from './redis-connection.js';
import { RedisScript } from './redis-script.js';
import { redisServerKey } from './redis-server-key.js';

/** A queue that lives on a Redis: the client it has, and what all of its keys begin with. */
export interface RedisQueue {
  readonly client: RedisClient;
  readonly prefix: string;
}

interface Request {
  readonly queue: RedisQueue;
  readonly metric: Metric;
  readonly resolve: (reading: QueueReading) => void;
  readonly reject: (error: unknown) => void;
}

/** How many queues one call reads: Redis does nothing else meanwhile, and a latency takes longer to find than a size. */
const MOST_QUEUES_PER_CALL: Readonly<Record<Metric, number>> = { size: 32, latency: 8 };

/** Waiting jobs up to which the oldest is found by looking at each of them. */
const MOST_JOBS_TO_WALK = 100;

/**
 * Reads queues of one library by a Lua function of its own. Whatever is asked in one tick, for whichever procs, is carried
 * together: queues on the same server over one of their connections, and several of them by one call.
 */
export class QueueScript {
  readonly #script: RedisScript;
  #requests: Request[] = [];

  /**
   * @param lua - defines `local function read(prefix)` for the queue whose keys begin like that, which returns how many jobs are
   * ready, how many are active, and the ms for which the oldest has been ready; {@link QUEUE_SCRIPT_HEAD} says what it can use
   */
  constructor(lua: string) {
    this.#script = new RedisScript(QUEUE_SCRIPT_HEAD + lua + QUEUE_SCRIPT_TAIL);
  }

  read(queue: RedisQueue, metric: Metric): Promise<QueueReading> {
    return new Promise((resolve, reject) => {
      this.#requests.push({ queue, metric, resolve, reject });
      if (this.#requests.length === 1) {
        // After every promise that is settled by now: all procs of one measurement have asked by then.
        process.nextTick(() => this.#send(this.#requests.splice(0)));
      }
    });
  }

  #send(requests: readonly Request[]): void {
    const now = Date.now();
    for (const together of groupsOf(requests)) {
      const client = liveliest(together);
      const most = MOST_QUEUES_PER_CALL[together[0].metric];
      for (let start = 0; start < together.length; start += most) {
        void this.#call(client, together.slice(start, start + most), now);
      }
    }
  }

  async #call(client: RedisClient, requests: readonly Request[], now: number): Promise<void> {
    // One key a queue, by which a Cluster finds its slot; the others begin with it, and naming them all would cost more time
    // than reading them. No such key exists: while a slot moves to another master, which does not have all of it yet, that
    // one would be asked, and answer with too little. It refuses as soon as there is a second key.
    const prefixes = requests.map(({ queue }) => queue.prefix);
    const keys = [...prefixes, `${prefixes[0] ?? ''}:`];
    const metric = requests[0]?.metric ?? 'size';
    try {
      const answer = await this.#script.run(client, keys, [now, highestDueScore(now), metric, MOST_JOBS_TO_WALK]);
      const answers: unknown[] = Array.isArray(answer) ? answer : [];
      requests.forEach((request, index) => settle(request, answers[index]));
    } catch (error) {
      requests.forEach(({ reject }) => reject(error));
    }
  }
}

/** Bull and BullMQ score a delayed job with its ready time in ms * 4096, plus some bits that keep the order. */
function highestDueScore(now: number): number {
  return (now + 1) * 4096 - 1;
}

type Group = [Request, ...Request[]];

/** By what one call can read: one server, one metric, and on a Cluster one slot. */
function groupsOf(requests: readonly Request[]): Iterable<Group> {
  const groups = new Map<string, Group>();
  for (const request of requests) {
    const { queue, metric } = request;
    const route = `${metric} ${hashTagOf(queue.prefix)} ${redisServerKey(queue.client)}`;
    const group = groups.get(route);
    if (group) {
      group.push(request);
    } else {
      groups.set(route, [request]);
    }
  }
  return groups.values();
}

/** The part of a key by which a Cluster places it; where there is none, there can be no Cluster. */
function hashTagOf(key: string): string {
  return /\{([^}]+)\}/.exec(key)?.[1] ?? '';
}

/** Any of them reads the same; one that is connected does it now, unless its connection hangs. */
function liveliest(requests: Group): RedisClient {
  const clients = requests.map(({ queue }) => queue.client);
  return (
    clients.find((client) => RedisConnection.of(client).isIdle) ??
    clients.find(({ status }) => status === 'ready') ??
    clients.find(({ status }) => status !== 'end') ??
    requests[0].queue.client
  );
}

function settle({ resolve, reject }: Request, answer: unknown): void {
  if (typeof answer === 'string') {
    reject(new Error(answer));
    return;
  }
  const values: unknown[] = Array.isArray(answer) ? answer : [];
  // A client with the option stringNumbers gives strings.
  const [ready, active, ageInMs] = values.map((value) => (typeof value === 'string' ? Number(value) : value));
  if (typeof ready !== 'number' || typeof active !== 'number' || typeof ageInMs !== 'number') {
    reject(new Error('Redis answered with something other than three numbers'));
  } else {
    resolve({ ready, active, latency: ageInMs / 1000 });
  }
}
