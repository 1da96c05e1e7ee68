import { RedisScript } from '../redis/redis-script.js';

/** Visits the jobs that a worker holds, the newest first: their locks begin with its id. */
const OWN_JOBS_LUA = `
local activeKey, prefix, owner = KEYS[1], ARGV[1], ARGV[2]
local function eachOwnJob(visit)
  for _, id in ipairs(redis.call('LRANGE', activeKey, 0, -1)) do
    local lock = redis.call('GET', prefix .. id .. ':lock')
    if lock and string.sub(lock, 1, #owner) == owner then
      visit(id, prefix .. id)
    end
  end
end
`;

/**
 * Names the jobs that were started before their worker had a name, over the name that an earlier run has left. A protected reading
 * reads all names again when the count of this has changed.
 */
export const NAME_JOBS = new RedisScript(`${OWN_JOBS_LUA}
local areNamed = true
eachOwnJob(function(_, key)
  if redis.call('HGET', key, 'pb') ~= ARGV[3] then
    redis.call('HSET', key, 'pb', ARGV[3])
    areNamed = false
  end
end)
if not areNamed then
  redis.call('HINCRBY', KEYS[2], 'hirefire:named', 1)
end
`);

/**
 * Hands back all jobs of a worker at once, the oldest to the front. BullMQ's own move does so as well, but it leaves the worker's
 * name and the started attempt, and wakes no worker for a prioritized job. The trace sees by `interrupted` that the run is no whole one.
 */
export const HAND_BACK = new RedisScript(`${OWN_JOBS_LUA}
local hasPausedList = ARGV[3] == '1'
local meta = redis.call('HMGET', prefix .. 'meta', 'paused', 'concurrency', 'opts.maxLenEvents')
local isPaused, concurrency, maxEvents = meta[1], tonumber(meta[2]), meta[3] or 10000
local wait = prefix .. ((isPaused and hasPausedList) and 'paused' or 'wait')
local handedBack = {}

eachOwnJob(function(id, key)
  redis.call('DEL', key .. ':lock')
  redis.call('SREM', prefix .. 'stalled', id)
  redis.call('LREM', activeKey, 1, id)
  redis.call('HDEL', key, 'pb')
  local job = redis.call('HMGET', key, 'priority', 'ats')
  if (tonumber(job[2]) or 0) > 0 then
    redis.call('HINCRBY', key, 'ats', -1)
  end
  local priority = tonumber(job[1]) or 0
  if priority > 0 then
    redis.call('ZADD', prefix .. 'prioritized', priority * 0x100000000, id)
  else
    redis.call('RPUSH', wait, id)
  end
  redis.call('XADD', prefix .. 'events', 'MAXLEN', '~', maxEvents, '*',
    'event', 'waiting', 'jobId', id, 'prev', 'active', 'interrupted', '1')
  table.insert(handedBack, id)
end)

-- A fetch that was cut off may have taken the marker of a job that no one has started.
local isMaxed = concurrency and redis.call('LLEN', activeKey) >= concurrency
local areWaiting = redis.call('EXISTS', wait, prefix .. 'prioritized', prefix .. 'delayed') > 0
if areWaiting and not isPaused and not isMaxed then
  redis.call('ZADD', prefix .. 'marker', 0, '0')
end
return handedBack
`);
