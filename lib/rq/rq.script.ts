import { ISO_TIME_LUA } from '../redis/iso-time.lua.js';
import { QueueScript } from '../redis/queue-script.js';

/** Reads a queue of RQ 1 or 2: docs/design/rq.md. */
export const RQ_SCRIPT = new QueueScript(`${ISO_TIME_LUA}
local MAX_WALK, ENDS, MAX_GONE, MAX_ABANDONED = 100, 10, 10, 100

local function read(queue, name)
  local seconds = math.floor(now / 1000)
  local wip, scheduled = 'rq:wip:' .. name, 'rq:scheduled:' .. name

  local activeCount = redis.call('ZCOUNT', wip, '(' .. seconds, '+inf')
  -- Taken a moment ago, since RQ 1.14; since RQ 2 it can be in both for a moment.
  local intermediate = queue .. ':intermediate'
  local takenCount = redis.call('LLEN', intermediate)
  activeCount = activeCount + takenCount
  for _, id in ipairs(redis.call('LRANGE', intermediate, 0, MAX_WALK - 1)) do
    if redis.call('ZSCORE', wip, id) or redis.call('EXISTS', 'rq:executions:' .. id) == 1 then
      activeCount = activeCount - 1
    end
  end

  if redis.call('EXISTS', 'rq:suspended') == 1 then
    return 0, activeCount
  end

  local waitingCount = redis.call('LLEN', queue)
  local dueCount = redis.call('ZCOUNT', scheduled, '-inf', seconds)
  local oldest, abandonedCount = now, 0

  local abandoned = redis.call('ZRANGEBYSCORE', wip, '-inf', seconds, 'WITHSCORES', 'LIMIT', 0, MAX_ABANDONED)
  for place = 1, #abandoned, 2 do
    -- RQ 2 adds the id of the execution.
    local id = abandoned[place]
    local key = redis.call('EXISTS', 'rq:job:' .. id) == 1 and id or string.match(id, '^(.*):') or id
    if (tonumber(redis.call('HGET', 'rq:job:' .. key, 'retries_left') or 0) or 0) > 0 then
      abandonedCount = abandonedCount + 1
      oldest = math.min(oldest, abandoned[place + 1] * 1000)
    end
  end

  local readyCount = waitingCount + dueCount + abandonedCount
  if readyCount + activeCount == 0 and redis.call('SISMEMBER', 'rq:queues', queue) == 0 then
    local known = {}
    for place, key in ipairs(redis.call('SRANDMEMBER', 'rq:queues', 10)) do
      known[place] = string.gsub(key, '^rq:queue:', '')
    end
    return 0, 0, nil, known
  elseif not wantsLatency or readyCount == 0 then
    return readyCount, activeCount
  end

  if dueCount > 0 then
    oldest = math.min(oldest, redis.call('ZRANGE', scheduled, 0, 0, 'WITHSCORES')[2] * 1000)
  end

  -- nil where the job is gone, or half written.
  local function timeOfJob(id)
    local time = timeOf(redis.call('HGET', 'rq:job:' .. id, 'enqueued_at') or '')
    oldest = math.min(oldest, time or now)
    return time
  end

  local function walk(first, last)
    for _, id in ipairs(redis.call('LRANGE', queue, first, last)) do
      timeOfJob(id)
    end
  end

  -- Of the first job from this place on that is there.
  local function timeAt(place)
    for _, id in ipairs(redis.call('LRANGE', queue, place, place + MAX_GONE)) do
      local time = timeOfJob(id)
      if time then
        return time
      end
    end
  end

  if waitingCount <= MAX_WALK then
    walk(0, -1)
  else
    walk(0, ENDS - 1)
    walk(-ENDS, -1)
    local low, high = 0, waitingCount - 1
    while low < high do
      local middle = math.floor((low + high) / 2)
      local time, next = timeAt(middle), timeAt(middle + 1)
      if time and next and next < time then
        low = middle + 1
      else
        high = middle
      end
    end
  end
  return readyCount, activeCount, oldest
end
`);
