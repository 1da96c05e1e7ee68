import { QueueScript } from '../redis/queue-script.js';

/** Reads a queue of Sidekiq 6, 7 or 8: docs/design/sidekiq.md. */
export const SIDEKIQ_SCRIPT = new QueueScript(`
local MAX_WALK, MAX_DUE = 100, 5000
-- By prefix: all queues share it, so it is read once per call.
local sharedOf = {}

local function decoded(json)
  local isJson, value = pcall(cjson.decode, json)
  return isJson and type(value) == 'table' and value or {}
end

-- Adds the due jobs of one set: their number by queue, since when, and the number beyond the first MAX_DUE.
local function addDue(shared, set)
  local due = redis.call('ZRANGEBYSCORE', set, '-inf', now / 1000, 'WITHSCORES', 'LIMIT', 0, MAX_DUE)
  for place = 1, #due, 2 do
    local queue, time = decoded(due[place])['queue'], due[place + 1] * 1000
    if type(queue) ~= 'string' then
      error('GARBAGE: ' .. set .. ' has an entry without a queue')
    end
    shared.due[queue] = (shared.due[queue] or 0) + 1
    shared.since[queue] = math.min(shared.since[queue] or time, time)
  end
  if #due == 2 * MAX_DUE then
    shared.beyond = shared.beyond + redis.call('ZCOUNT', set, '-inf', now / 1000) - MAX_DUE
  end
end

local function addBusy(shared, prefix)
  for _, process in ipairs(redis.call('SMEMBERS', prefix .. 'processes')) do
    -- It expires 60 s after the last heartbeat; the names of the dead stay for a while.
    if redis.call('EXISTS', prefix .. process) == 1 then
      -- The first is the name since Sidekiq 7.
      for _, key in ipairs({ ':work', ':workers' }) do
        for _, work in ipairs(redis.call('HVALS', prefix .. process .. key)) do
          local queue = decoded(work)['queue']
          if type(queue) ~= 'string' then
            error('GARBAGE: ' .. prefix .. process .. key .. ' has an entry without a queue')
          end
          shared.busy[queue] = (shared.busy[queue] or 0) + 1
        end
      end
    end
  end
end

local function sharedBy(prefix)
  local shared = sharedOf[prefix]
  if not shared then
    shared = { due = {}, since = {}, beyond = 0, busy = {} }
    addBusy(shared, prefix)
    addDue(shared, prefix .. 'schedule')
    addDue(shared, prefix .. 'retry')
    sharedOf[prefix] = shared
  end
  return shared
end

local function read(key, name)
  local prefix = string.sub(key, 1, -1 - #('queue:' .. name))
  local shared = sharedBy(prefix)
  local activeCount = shared.busy[name] or 0
  if redis.call('SISMEMBER', prefix .. 'paused', name) == 1 then
    return 0, activeCount, 0
  end

  local waitingCount = redis.call('LLEN', key)
  -- The rest belong to unknown queues; any Sidekiq process enqueues them.
  local readyCount = waitingCount + (shared.due[name] or 0) + shared.beyond
  if readyCount + activeCount == 0 and redis.call('SISMEMBER', prefix .. 'queues', name) == 0 then
    return 0, 0, 0, redis.call('SRANDMEMBER', prefix .. 'queues', 10)
  elseif not wantsLatency or readyCount == 0 then
    return readyCount, activeCount, 0
  end

  local oldest = shared.since[name] or now
  for _, job in ipairs(redis.call('LRANGE', key, -MAX_WALK, -1)) do
    local time = tonumber(decoded(job)['enqueued_at'])
    if time then
      -- Seconds up to Sidekiq 7, then milliseconds.
      oldest = math.min(oldest, time < 1e11 and time * 1000 or time)
    end
  end
  return readyCount, activeCount, math.max(math.floor(now - oldest + 0.5), 1)
end
`);
