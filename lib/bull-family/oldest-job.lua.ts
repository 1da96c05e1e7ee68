/**
 * Finds the oldest job for the scripts of Bull and BullMQ. A job whose ready time is not kept (promoted before its time, retried
 * in bulk, back-off by the app's strategy) counts as ready since now.
 */
export const OLDEST_JOB_LUA = `
local END, SAMPLES, LEVELS, maxToWalk = 10, 8, 256, 100
-- The score of a delayed job is its ready time in ms * 4096, plus some bits for the order. As text, which keeps every digit.
local highestDueScore = string.format('%.0f', (now + 1) * 4096 - 1)

-- The longest field of a job: read alone, and only if it matters.
local function optsOf(key)
  return redis.call('HGET', key, 'opts') or ''
end

-- Decoding is the slowest step, and most jobs have no delay.
local function delayOf(json)
  if not string.find(json, '"delay":%s*[^0%s]') then
    return 0
  end
  return math.max(tonumber(decoded(json)['delay']) or 0, 0)
end

-- Milliseconds; nil for a strategy of the app.
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

-- Finds the oldest job: readyTime(id, oldest) gives its ready time; nil if that is not kept, or not before the oldest.
local function oldestOf(readyTime)
  local search = { time = now }

  function search.at(time)
    search.time = math.min(search.time, time or now)
  end

  function search.job(id)
    if id then
      search.at(readyTime(id, search.time))
    end
  end

  function search.jobs(ids)
    for _, id in ipairs(ids) do
      search.job(id)
    end
  end

  -- From the right: workers take there, and the oldest is likely there. The others then need one look to be seen as younger.
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

  return search
end
`;
