import { QueueScript } from '../redis/queue-script.js';

/** Reads a queue of Sidekiq 6, 7 or 8: docs/design/sidekiq.md. */
export const SIDEKIQ_SCRIPT = new QueueScript(`
local MAX_WALK, MAX_DUE = 100, 5000
-- By prefix: all queues share it, so it is read once per call.
local sharedOf = {}

-- nil where it can't be known.
local function queueOf(entry)
  local queue = decoded(entry)['queue']
  return type(queue) == 'string' and queue or nil
end

-- Adds the due jobs of one set: their number by queue, since when, and the number beyond the first MAX_DUE. An entry without a
-- queue is work for any process: it takes the entry off, and enqueues it to a queue of its choice or drops it.
local function addDue(shared, set)
  local due = redis.call('ZRANGEBYSCORE', set, '-inf', now / 1000, 'WITHSCORES', 'LIMIT', 0, MAX_DUE)
  for place = 1, #due, 2 do
    local queue, time = queueOf(due[place]), due[place + 1] * 1000
    if queue then
      shared.due[queue] = (shared.due[queue] or 0) + 1
      shared.since[queue] = math.min(shared.since[queue] or time, time)
    else
      shared.anyDue, shared.anySince, shared.oddIn = shared.anyDue + 1, math.min(shared.anySince, time), set
    end
  end
  if #due == 2 * MAX_DUE then
    shared.anyDue = shared.anyDue + redis.call('ZCOUNT', set, '-inf', now / 1000) - MAX_DUE
  end
end

local function addBusy(shared, prefix)
  for _, process in ipairs(redis.call('SMEMBERS', prefix .. 'processes')) do
    -- It expires 60 s after the last heartbeat; the names of the dead stay for a while.
    if redis.call('EXISTS', prefix .. process) == 1 then
      -- The first is the name since Sidekiq 7.
      for _, key in ipairs({ ':work', ':workers' }) do
        for _, work in ipairs(redis.call('HVALS', prefix .. process .. key)) do
          local queue = queueOf(work)
          if queue then
            shared.busy[queue] = (shared.busy[queue] or 0) + 1
          else
            shared.anyBusy, shared.oddIn = shared.anyBusy + 1, prefix .. process .. key
          end
        end
      end
    end
  end
end

local function sharedBy(prefix)
  local shared = sharedOf[prefix]
  if not shared then
    shared = { due = {}, since = {}, busy = {}, anyDue = 0, anySince = now, anyBusy = 0 }
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
  local activeCount = (shared.busy[name] or 0) + shared.anyBusy
  if redis.call('SISMEMBER', prefix .. 'paused', name) == 1 then
    return 0, activeCount, nil, nil, shared.oddIn
  end

  local waitingCount = redis.call('LLEN', key)
  local readyCount = waitingCount + (shared.due[name] or 0) + shared.anyDue
  if readyCount + activeCount == 0 and redis.call('SISMEMBER', prefix .. 'queues', name) == 0 then
    return 0, 0, nil, redis.call('SRANDMEMBER', prefix .. 'queues', 10)
  elseif not wantsLatency or readyCount == 0 then
    return readyCount, activeCount, nil, nil, shared.oddIn
  end

  local oldest = math.min(shared.since[name] or now, shared.anySince)
  for _, job in ipairs(redis.call('LRANGE', key, -MAX_WALK, -1)) do
    local time = tonumber(decoded(job)['enqueued_at'])
    if time then
      -- Seconds up to Sidekiq 7, then milliseconds.
      oldest = math.min(oldest, time < 1e11 and time * 1000 or time)
    end
  end
  return readyCount, activeCount, oldest, nil, shared.oddIn
end
`);
