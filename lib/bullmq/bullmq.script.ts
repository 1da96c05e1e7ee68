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

local MOST = 2000

-- SORT takes a third of the time for many, but needs Redis 7, no Cluster and a user who may read all keys.
local function workersAt(prefix, from, count)
  local active = prefix .. 'active'
  if count > 100 and not string.find(prefix, '*', 1, true) then
    local workers = redis.pcall('SORT_RO', active, 'BY', 'nosort', 'LIMIT', from, count, 'GET', prefix .. '*->pb')
    if not workers['err'] then
      return workers
    end
  end
  local ids = count > 0 and redis.call('LRANGE', active, from, from + count - 1) or {}
  for place, id in ipairs(ids) do
    ids[place] = redis.call('HGET', prefix .. id, 'pb')
  end
  return ids
end

-- Differs between two runs of one job, and when drainOnShutdown() has named running jobs; false where the job does not say enough.
local function runOf(prefix, id)
  local run = redis.call('HMGET', prefix .. id, 'processedOn', 'ats', 'pb')
  local namings = redis.call('HGET', prefix .. 'meta', 'hirefire:named')
  return run[1] and run[2] and table.concat({ run[1], run[2], run[3] or '', namings or '' }, ' ')
end

-- How many jobs have started since the last reading: they come before the newest job of then. While that run goes on, so do those behind
-- it. One of each highest dyno must be among them; nil otherwise.
local function startedSince(prefix, last)
  local active = prefix .. 'active'
  local started = last.newest and redis.pcall('LPOS', active, last.newest)
  if type(started) ~= 'number' or runOf(prefix, last.newest) ~= last.run then
    return nil
  end
  for _, job in ipairs(last.highest) do
    if (redis.call('LPOS', active, job.id) or -1) < started then
      return nil
    end
  end
  return started
end

-- Of each process, the worker with the highest number, among the last MOST of the list; and the argument of the next reading, where it
-- changes.
local function workersOf(prefix, activeCount, last)
  local active = prefix .. 'active'
  local started = activeCount <= MOST and startedSince(prefix, last)
  if started == 0 then
    for place, job in ipairs(last.highest) do
      last.highest[place] = job.worker
    end
    return last.highest
  end
  local workers, highest, isKnown, ofProcess = {}, {}, {}, {}
  local function see(worker, id, place)
    local process, digits = string.match(worker, '^(.-[.-])([1-9]%d?%d?%d?)$')
    local number, seen = tonumber(digits) or 0, ofProcess[process or worker]
    if not seen or number > seen.number then
      ofProcess[process or worker] = { worker = worker, number = number, id = id, place = place }
    end
  end
  for _, job in ipairs(started and last.highest or {}) do
    see(job.worker, job.id)
  end
  local from = math.max(activeCount - MOST, 0)
  for place, worker in ipairs(workersAt(prefix, from, started or MOST)) do
    if not isKnown[worker] then
      isKnown[worker] = true
      see(worker or '', nil, from + place - 1)
    end
  end

  for _, job in pairs(ofProcess) do
    table.insert(workers, job.worker)
    table.insert(highest, { worker = job.worker, id = job.id or redis.call('LINDEX', active, job.place) })
  end
  local newest = activeCount <= MOST and #highest <= 8 and redis.call('LINDEX', active, 0)
  local run = newest and runOf(prefix, newest)
  return workers, run and cjson.encode({ newest = newest, run = run, highest = highest })
end

local function read(prefix, argument)
  local ready, active, oldest = readQueue(prefix)
  if argument == '' then
    return ready, active, oldest
  end
  return ready, active, oldest, nil, nil, workersOf(prefix, active, decoded(argument))
end
`);
