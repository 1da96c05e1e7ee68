/**
 * Lua that stands before the function with which Bull or BullMQ reads one queue: what both need to find the oldest of its
 * jobs. Up to `maxToWalk` jobs of a list are looked at one by one; a longer one is looked at where its oldest job can be.
 *
 * A job whose ready time is not kept (promoted before its time, retried in bulk, back-off by a strategy of the app's own)
 * counts as ready since now.
 */
export const OLDEST_JOB_LUA = `
local END, SAMPLES, LEVELS, maxToWalk = 10, 8, 256, 100
-- A delayed job is scored with its ready time in ms * 4096, plus some bits that keep the order. As text, which keeps every digit.
local highestDueScore = string.format('%.0f', (now + 1) * 4096 - 1)

-- The longest of what a job has, so read by itself and only where it matters.
local function optsOf(key)
  return redis.call('HGET', key, 'opts') or ''
end

local function decoded(json)
  local isJson, opts = pcall(cjson.decode, json)
  return isJson and type(opts) == 'table' and opts or {}
end

-- Decoding is the dearest step, and most jobs have no delay.
local function delayOf(json)
  if not string.find(json, '"delay":%s*[^0%s]') then
    return 0
  end
  return math.max(tonumber(decoded(json)['delay']) or 0, 0)
end

-- Milliseconds; nil by a strategy of the app's own.
local function backOffOf(json, growth)
  local backoff = decoded(json)['backoff']
  if not backoff or backoff == cjson.null then
    return 0
  elseif type(backoff) ~= 'table' then
    return tonumber(backoff)
  end
  local delay = tonumber(backoff['delay']) or 0
  if backoff['type'] == 'fixed' then
    return delay
  elseif backoff['type'] == 'exponential' then
    return math.floor(growth * delay + 0.5)
  end
end

-- Looks at jobs for the oldest: readyTime(id, oldest) tells since when, nil where that is not kept or not before the oldest.
local function oldestOf(readyTime)
  local oldest = now
  local search = {}

  function search.at(time)
    if time and time < oldest then
      oldest = time
    end
  end

  function search.job(id)
    if id then
      search.at(readyTime(id, oldest))
    end
  end

  function search.jobs(ids)
    for _, id in ipairs(ids) do
      search.job(id)
    end
  end

  -- From the right, where workers take and the oldest is most likely: the others are then seen to be younger at a glance.
  function search.list(key, first, last)
    local ids = redis.call('LRANGE', key, first, last)
    for place = #ids, 1, -1 do
      search.job(ids[place])
    end
  end

  function search.delayed(key)
    local head = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    search.at(math.floor(tonumber(head[2]) / 4096))
  end

  -- Both ends, and some places in between.
  function search.longList(key, count)
    search.list(key, -END, -1)
    search.list(key, 0, END - 1)
    for place = 1, SAMPLES - 1 do
      search.job(redis.call('LINDEX', key, math.floor(place * count / SAMPLES)))
    end
  end

  -- A job that waits is never reported as none: its age is at least one millisecond.
  function search.age()
    return math.max(now - oldest, 1)
  end

  return search
end
`;
