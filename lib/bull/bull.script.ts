import { OLDEST_JOB_LUA } from '../bull-family/oldest-job.lua.js';
import { QueueScript } from '../redis/queue-script.js';

/** Reads a queue of Bull 4: docs/design/bull.md. */
export const BULL_SCRIPT = new QueueScript(`${OLDEST_JOB_LUA}
local MAX_LIMITED = 5000

local function read(prefix)
  local activeCount = redis.call('LLEN', prefix .. 'active')
  if redis.call('EXISTS', prefix .. 'meta-paused') == 1 then
    return 0, activeCount
  end
  local wait, delayed, priority, limited =
    prefix .. 'wait', prefix .. 'delayed', prefix .. 'priority', prefix .. 'limiter:index'
  local waitingCount = redis.call('LLEN', wait)
  local dueCount = redis.call('ZCOUNT', delayed, '-inf', highestDueScore)

  -- Bull forgets that a job was limited when a worker takes it: until then it may be delayed, due or waiting again. When the
  -- queue is obliterated it forgets nothing, and then a job of the same id can be delayed by its own delay.
  local function isHeldBack(id, score)
    local job = redis.call('HMGET', prefix .. id, 'timestamp', 'delay')
    return math.floor(score / 4096) ~= math.floor((tonumber(job[1]) or 0) + (tonumber(job[2]) or 0))
  end

  local everLimited, limitedCount = redis.call('HLEN', limited), 0
  local notDueCount = everLimited == 0 and 0 or redis.call('ZCARD', delayed) - dueCount
  if math.min(everLimited, notDueCount) > MAX_LIMITED then
    limitedCount = math.min(everLimited, notDueCount)
  elseif everLimited <= notDueCount then
    for _, id in ipairs(redis.call('HKEYS', limited)) do
      local score = tonumber(redis.call('ZSCORE', delayed, id))
      if score and score > tonumber(highestDueScore) and isHeldBack(id, score) then
        limitedCount = limitedCount + 1
      end
    end
  elseif notDueCount > 0 then
    local notDue = redis.call('ZRANGE', delayed, dueCount, -1, 'WITHSCORES')
    for place = 1, #notDue, 2 do
      if redis.call('HEXISTS', limited, notDue[place]) == 1 and isHeldBack(notDue[place], notDue[place + 1]) then
        limitedCount = limitedCount + 1
      end
    end
  end

  local readyCount = waitingCount + dueCount + limitedCount
  if not wantsLatency or readyCount == 0 then
    return readyCount, activeCount
  end

  local oldest = oldestOf(function(id, oldestYet)
    local key = prefix .. id
    local job = redis.call('HMGET', key, 'timestamp', 'attemptsMade', 'processedOn', 'retriedOn')
    local timestamp, attempts = tonumber(job[1]), tonumber(job[2]) or 0
    local processedOn, retriedOn = tonumber(job[3]), tonumber(job[4])
    if not timestamp then
      return nil
    end
    if processedOn then
      local backOff = attempts == 0 and 0 or backOffOf(optsOf(key), 2 ^ attempts - 1)
      return backOff and processedOn + backOff
    elseif retriedOn then
      return retriedOn
    elseif attempts > 0 or timestamp >= oldestYet then
      return nil
    end
    return timestamp + delayOf(optsOf(key))
  end)

  if dueCount > 0 then
    oldest.delayed(delayed)
  end
  if everLimited > 0 then
    -- The first ones that the limit held back are the first to be let go.
    for _, id in ipairs(redis.call('ZRANGE', delayed, 0, maxToWalk - 1)) do
      if redis.call('HEXISTS', limited, id) == 1 then
        oldest.job(id)
      end
    end
  end

  if waitingCount <= maxToWalk then
    oldest.list(wait, 0, -1)
    return readyCount, activeCount, oldest.time
  end
  oldest.longList(wait, waitingCount)

  -- Jobs that were pushed at the right of the prioritized block shift it.
  local right, shift = redis.call('LRANGE', wait, -END, -1), 0
  while shift < #right and not redis.call('ZSCORE', priority, right[#right - shift]) do
    shift = shift + 1
  end
  oldest.job(redis.call('LINDEX', wait, -1 - shift - redis.call('ZCARD', priority)))
  local level = '-inf'
  for _ = 1, LEVELS do
    local next = redis.call('ZRANGEBYSCORE', priority, level, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if not next[1] then
      break
    end
    oldest.job(redis.call('LINDEX', wait, -1 - shift - redis.call('ZCOUNT', priority, '-inf', '(' .. next[2])))
    level = '(' .. next[2]
  end
  return readyCount, activeCount, oldest.time
end
`);
