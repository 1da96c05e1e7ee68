/** Fills queues fast, with jobs as the library itself writes them. */
import type { Redis } from 'ioredis';
import type { BenchQueue, NewJob } from './libraries.js';
import type { Backlog, LibraryName } from './plan.js';

const DATA = { folder: '/app/node_modules', path: 'typescript/lib/typescript.js' };
const NAME = 'compress';
const PRIORITIES = [1, 2, 3];
const FOR_A_DAY = 86_400_000;
const COPIES_PER_CALL = 10_000;

/**
 * Copies a job, so many times, each a ms younger than the one before. Keys: what those of the queue begin with. Arguments:
 * the id of the job, its timestamp, how many copies there are already, and how many more to make.
 */
const COPY = `
local prefix, template, timestamp, made, count = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local isBullMQ = ARGV[5] == 'bullmq'
local fields = redis.call('HGETALL', prefix .. template)
local place, priority, delay
for index = 1, #fields, 2 do
  if fields[index] == 'timestamp' then place = index + 1 end
  if fields[index] == 'priority' then priority = tonumber(fields[index + 1]) end
  if fields[index] == 'delay' then delay = tonumber(fields[index + 1]) end
end
for copy = made + 1, made + count do
  local id = redis.call('INCR', prefix .. 'id')
  fields[place] = string.format('%.0f', timestamp + copy)
  redis.call('HSET', prefix .. id, unpack(fields))
  if delay > 0 then
    redis.call('ZADD', prefix .. 'delayed', string.format('%.0f', (timestamp + copy + delay) * 4096 + id % 4096), id)
  elseif priority > 0 and isBullMQ then
    redis.call('ZADD', prefix .. 'prioritized', string.format('%.0f', priority * 2 ^ 32 + redis.call('INCR', prefix .. 'pc')), id)
  else
    if priority > 0 then
      redis.call('ZADD', prefix .. 'priority', priority, id)
    end
    redis.call('LPUSH', prefix .. 'wait', id)
  end
end
`;

/**
 * Gives a queue its backlog: one job by the library, all others copied from it, for each priority. The more urgent come
 * first, so that Bull's list, which holds them in that order, need not be searched.
 *
 * @param timestamp - epoch ms of the oldest job
 * @throws Error when the library counts something else than was to be added
 */
export async function addBacklog(
  redis: Redis,
  queue: BenchQueue,
  library: LibraryName,
  { kind, count }: Backlog,
  timestamp: number,
): Promise<void> {
  if (kind === 'none') {
    return;
  }
  const priorities = kind === 'prioritized' ? PRIORITIES : [0];
  const delay = kind === 'delayed' ? FOR_A_DAY : 0;
  for (const [index, priority] of priorities.entries()) {
    const share =
      Math.floor(((index + 1) * count) / priorities.length) - Math.floor((index * count) / priorities.length);
    await addCopies(redis, queue, library, jobOf(timestamp + index, { priority, delay }), share);
  }
  const counts = await queue.getJobCounts();
  // Bull counts prioritized jobs among those that wait.
  const counted: unknown = Reflect.get(counts, kind === 'prioritized' && library === 'bull' ? 'waiting' : kind);
  if (counted !== count) {
    throw new Error(`${library} counts ${String(counted)} ${kind} jobs of ${count}`);
  }
}

async function addCopies(
  redis: Redis,
  queue: BenchQueue,
  library: LibraryName,
  job: NewJob,
  count: number,
): Promise<void> {
  await queue.addBulk([job]);
  const prefix = queue.toKey('');
  const template = await redis.get(`${prefix}id`);
  for (let made = 0; made < count - 1; made += COPIES_PER_CALL) {
    const copies = Math.min(COPIES_PER_CALL, count - 1 - made);
    const kind = library === 'bull' ? 'bull' : 'bullmq';
    await redis.eval(COPY, 1, prefix, template ?? '', job.opts.timestamp, made, copies, kind);
  }
}

/** Adds some jobs to a queue with the library's own means. */
export async function addWaiting(queue: BenchQueue, count: number, timestamp: number): Promise<void> {
  await queue.addBulk(Array.from({ length: count }, () => jobOf(timestamp, {})));
}

function jobOf(timestamp: number, { priority = 0, delay = 0 }: { priority?: number; delay?: number }): NewJob {
  return {
    name: NAME,
    data: DATA,
    opts: { timestamp, ...(priority > 0 ? { priority } : {}), ...(delay > 0 ? { delay } : {}) },
  };
}
