import { RedisScript } from '../redis/redis-script.js';

/**
 * Reads one queue of Bull 4 without writing to it.
 *
 * Bull pushes jobs without a priority at the left and takes from the right; prioritized ones stand at the right, the most
 * urgent last; LIFO jobs and jobs of workers that died are pushed at the right of all. Up to ARGV[5] waiting jobs are looked
 * at one by one. A longer list is looked at where its oldest job can be: at both ends, behind the prioritized block, at the
 * head of each priority within it, and at some places in between.
 *
 * A job that a rate limit holds back is delayed as Bull sees it, but it is ready: it counts, and so does its wait.
 *
 * A job whose ready time Bull does not keep (promoted before its time, retried in bulk, back-off by a strategy of the
 * app's own) counts as ready since now.
 */
export const BULL_SCRIPT = new RedisScript(`
local wait, active, delayed, priority, paused, limited = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local now, highestDueScore, jobPrefix = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local wantsLatency, mostToWalk = ARGV[4] == 'latency', tonumber(ARGV[5])
local END, SAMPLES, LEVELS, MOST_LIMITED = 10, 16, 256, 10000

local activeCount = redis.call('LLEN', active)
if redis.call('EXISTS', paused) == 1 then
  return { 0, activeCount, 0 }
end
local waitingCount = redis.call('LLEN', wait)
local dueCount = redis.call('ZCOUNT', delayed, '-inf', highestDueScore)

-- Bull forgets a limited job when a worker takes it: until then it may be delayed, due or waiting again.
local everLimited, limitedCount = redis.call('HLEN', limited), 0
if everLimited > MOST_LIMITED then
  limitedCount = math.min(everLimited, redis.call('ZCARD', delayed) - dueCount)
elseif everLimited > 0 then
  for _, id in ipairs(redis.call('HKEYS', limited)) do
    local score = redis.call('ZSCORE', delayed, id)
    if score and tonumber(score) > tonumber(highestDueScore) then
      limitedCount = limitedCount + 1
    end
  end
end

local readyCount = waitingCount + dueCount + limitedCount
if not wantsLatency or readyCount == 0 then
  return { readyCount, activeCount, 0 }
end

local oldest = now

local function backOff(opts, attempts)
  local backoff = opts['backoff']
  if not backoff or backoff == cjson.null then
    return 0
  elseif type(backoff) ~= 'table' then
    return tonumber(backoff)
  end
  local delay = tonumber(backoff['delay']) or 0
  if backoff['type'] == 'fixed' then
    return delay
  elseif backoff['type'] == 'exponential' then
    return math.floor((2 ^ attempts - 1) * delay + 0.5)
  end
end

local function decoded(json)
  local isJson, opts = pcall(cjson.decode, json)
  return isJson and type(opts) == 'table' and opts or {}
end

local function readyTime(id)
  local job = redis.call('HMGET', jobPrefix .. id, 'timestamp', 'opts', 'attemptsMade', 'processedOn', 'retriedOn')
  local timestamp, json, attempts = tonumber(job[1]), job[2] or '', tonumber(job[3]) or 0
  local processedOn, retriedOn = tonumber(job[4]), tonumber(job[5])
  if not timestamp then
    return nil
  end
  if processedOn then
    local delay = attempts == 0 and 0 or backOff(decoded(json), attempts)
    return delay and processedOn + delay
  elseif retriedOn then
    return retriedOn
  elseif attempts > 0 then
    return nil
  elseif not string.find(json, '"delay":%s*[^0%s]') then
    -- Decoding is the dearest step, and most jobs have no delay.
    return timestamp
  end
  return timestamp + math.max(tonumber(decoded(json)['delay']) or 0, 0)
end

local function consider(id)
  local ready = id and readyTime(id)
  if ready and ready < oldest then
    oldest = ready
  end
end

local function considerAll(ids)
  for _, id in ipairs(ids) do
    consider(id)
  end
end

if dueCount > 0 then
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  oldest = math.min(oldest, math.floor(tonumber(head[2]) / 4096))
end

if everLimited > 0 then
  -- The first ones that the limit held back are the first to be let go.
  for _, id in ipairs(redis.call('ZRANGE', delayed, 0, mostToWalk - 1)) do
    if redis.call('HEXISTS', limited, id) == 1 then
      consider(id)
    end
  end
end

if waitingCount <= mostToWalk then
  considerAll(redis.call('LRANGE', wait, 0, -1))
else
  local right = redis.call('LRANGE', wait, -END, -1)
  considerAll(redis.call('LRANGE', wait, 0, END - 1))
  considerAll(right)
  for place = 1, SAMPLES - 1 do
    consider(redis.call('LINDEX', wait, math.floor(place * waitingCount / SAMPLES)))
  end

  -- What was pushed at the right of the prioritized block shifts it.
  local shift = 0
  while shift < #right and not redis.call('ZSCORE', priority, right[#right - shift]) do
    shift = shift + 1
  end
  consider(redis.call('LINDEX', wait, -1 - shift - redis.call('ZCARD', priority)))
  local level = '-inf'
  for _ = 1, LEVELS do
    local next = redis.call('ZRANGEBYSCORE', priority, level, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if not next[1] then
      break
    end
    consider(redis.call('LINDEX', wait, -1 - shift - redis.call('ZCOUNT', priority, '-inf', '(' .. next[2])))
    level = '(' .. next[2]
  end
end

-- A job that waits is never reported as none: its age is at least one millisecond.
return { readyCount, activeCount, math.max(now - oldest, 1) }
`);
