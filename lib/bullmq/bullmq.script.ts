import { OLDEST_JOB_LUA } from '../bull-family/oldest-job.lua.js';
import { QueueScript } from '../redis/queue-script.js';

/** Reads a queue of BullMQ 5 or 6: docs/design/bullmq.md. */
export const BULLMQ_SCRIPT = new QueueScript(`${OLDEST_JOB_LUA}
local PRIORITY = 2 ^ 32

local function isMarker(id)
  return id and string.sub(id, 1, 2) == '0:'
end

-- BullMQ 3 and 4 wake their workers by an entry in 'wait' that is no job, and may leave it behind.
local function markersIn(wait, waitingCount)
  if waitingCount == 0 then
    return 0
  end
  local count = isMarker(redis.call('LINDEX', wait, -1)) and 1 or 0
  return waitingCount > 1 and isMarker(redis.call('LINDEX', wait, 0)) and count + 1 or count
end

local function readQueue(prefix)
  local activeCount = redis.call('LLEN', prefix .. 'active')
  if redis.call('HEXISTS', prefix .. 'meta', 'paused') == 1 then
    return 0, activeCount
  end
  local wait, prioritized, delayed = prefix .. 'wait', prefix .. 'prioritized', prefix .. 'delayed'
  local waitingCount = redis.call('LLEN', wait)
  local prioritizedCount = redis.call('ZCARD', prioritized)
  local dueCount = redis.call('ZCOUNT', delayed, '-inf', highestDueScore)

  local readyCount = waitingCount - markersIn(wait, waitingCount) + prioritizedCount + dueCount
  if not wantsLatency or readyCount == 0 then
    return readyCount, activeCount
  end

  local oldest = oldestOf(function(id, oldestYet)
    local key = prefix .. id
    local job = redis.call('HMGET', key, 'timestamp', 'processedOn', 'ats', 'atm', 'stc')
    local timestamp, processedOn = tonumber(job[1]), tonumber(job[2])
    local started, failed, stalled = tonumber(job[3]) or 0, tonumber(job[4]) or 0, tonumber(job[5]) or 0
    if not timestamp then
      return nil
    end
    if not processedOn then
      if timestamp >= oldestYet then
        return nil
      end
      -- Retried by hand, also with its counters reset, or a flow parent that its children released. A stack trace can be long.
      local isRetried = started > 0 or failed > 0 or redis.call('HEXISTS', key, 'stacktrace') == 1
      if isRetried or redis.call('EXISTS', key .. ':processed', key .. ':failed', key .. ':unsuccessful') > 0 then
        return nil
      end
      return timestamp + delayOf(optsOf(key))
    end
    -- Given back by its own processor, for a delay or a rate limit.
    if started > failed + stalled then
      return nil
    end
    local backOff = failed == 0 and 0 or backOffOf(optsOf(key), 2 ^ (failed - 1))
    return backOff and processedOn + backOff
  end)

  if dueCount > 0 then
    oldest.delayed(delayed)
  end
  if waitingCount <= maxToWalk then
    oldest.list(wait, 0, -1)
  else
    oldest.longList(wait, waitingCount)
  end
  if prioritizedCount <= maxToWalk then
    oldest.jobs(redis.call('ZRANGE', prioritized, 0, -1))
    return readyCount, activeCount, oldest.time
  end

  local from = '-inf'
  for _ = 1, LEVELS do
    local head = redis.call('ZRANGEBYSCORE', prioritized, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if not head[1] then
      break
    end
    oldest.job(head[1])
    local score = tonumber(head[2])
    local level = math.floor(score / PRIORITY) * PRIORITY
    local nextLevel = string.format('%.0f', level + PRIORITY)
    if score == level then
      local behind = redis.call('ZRANGEBYSCORE', prioritized, '(' .. head[2], '(' .. nextLevel, 'LIMIT', 0, 1)
      oldest.job(behind[1])
    end
    from = nextLevel
  end
  return readyCount, activeCount, oldest.time
end

-- The newest active job is first. SORT takes a third of the time, but needs Redis 7, no Cluster and a user who may read all keys.
local MOST = 2000
local function workersOf(prefix, activeCount)
  local active, skipped = prefix .. 'active', math.max(activeCount - MOST, 0)
  local found = redis.pcall('SORT_RO', active, 'BY', 'nosort', 'LIMIT', skipped, MOST, 'GET', prefix .. '*->pb')
  if found['err'] or string.find(prefix, '*', 1, true) then
    found = redis.call('LRANGE', active, skipped, -1)
    for place, id in ipairs(found) do
      found[place] = redis.call('HGET', prefix .. id, 'pb')
    end
  end
  local isKnown, workers = {}, {}
  for _, worker in ipairs(found) do
    if not isKnown[worker] then
      isKnown[worker] = true
      table.insert(workers, worker or '')
    end
  end
  return workers
end

local function read(prefix, argument)
  local ready, active, oldest = readQueue(prefix)
  return ready, active, oldest, nil, nil, argument == 'workers' and workersOf(prefix, active)
end
`);
