import type { QueueHistory } from '../procs/trace.js';
import { MeasureFailure } from '../procs/measure-failure.js';
import { BatchedScript } from '../redis/batched-script.js';
import { historyOf } from './bullmq-history.js';

/** The newest events of a queue that are read. */
export const MAX_EVENTS = 50_000;

/**
 * Reads the event stream of a queue of BullMQ 5 or 6, the newest event first: docs/design/bullmq.md. Each event that matters becomes
 * a letter, the number of its job, and the ms to the next one; a delay has its due time too. The ids of jobs stay in Redis.
 */
const EVENTS_LUA = `
local MOST, AT_ONCE = ${MAX_EVENTS}, 250
local LETTERS = {
  added = 'x', active = 'a', completed = 'e', delayed = 'd', failed = 'e', paused = 'p', removed = 'x', resumed = 'r',
  stalled = 's', waiting = 'w',
}
-- By the state before; false for no run. A parent that is added waits for its children without having run.
local LETTERS_AFTER = {
  waiting = { active = 'b', delayed = 'u' },
  removed = { wait = 'l', paused = 'l', prioritized = 'l' },
  failed = { ['waiting-children'] = false },
  ['waiting-children'] = { active = 'e' },
}

local function fieldOf(event, name)
  for index = 1, #event, 2 do
    if event[index] == name then
      return event[index + 1]
    end
  end
end

-- BullMQ writes the event first, and the job's id second, if it is about a job.
local function letterOf(event)
  local letters, letter = LETTERS_AFTER[event[2]], nil
  if letters then
    letter = letters[fieldOf(event, 'prev')]
  end
  if letter == nil then
    letter = LETTERS[event[2]]
  end
  if letter == 'b' and fieldOf(event, 'interrupted') then
    letter = 'h'
  end
  return (event[3] == 'jobId' or letter == 'p' or letter == 'r') and letter
end

-- How many events there ever were, and the last one. Where Redis is older than 7, or the user may not run XINFO, a full stream counts
-- as trimmed.
local function allEvents(stream, prefix)
  local info, lastId = redis.pcall('XINFO', 'STREAM', stream), nil
  for index = 1, #info, 2 do
    if info[index] == 'last-generated-id' then
      lastId = info[index + 1]
    elseif info[index] == 'entries-added' then
      return info[index + 1], lastId
    end
  end
  local length = redis.call('XLEN', stream)
  local most = tonumber(redis.call('HGET', prefix .. 'meta', 'opts.maxLenEvents')) or 10000
  return length >= most and length + 1 or length, lastId
end

-- Milliseconds have 13 digits until 2286.
local function timeOf(id)
  return tonumber(string.sub(id, 1, 13))
end

-- The id before this one: Redis before 6.2 knows no open range.
local function before(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  if seq == '0' then
    return string.format('%.0f', ms - 1)
  end
  return ms .. '-' .. string.format('%.0f', seq - 1)
end

local function answerOf(prefix)
  local stream = prefix .. 'events'
  local jobs, jobCount, parts, count = {}, 0, {}, 0
  local from, first, newer, newerLetter, newerJob = '+', false, now
  repeat
    local entries = redis.call('XREVRANGE', stream, from, '-', 'COUNT', AT_ONCE)
    for _, entry in ipairs(entries) do
      local event = entry[2]
      local letter, id = letterOf(event), event[4]
      -- A job that waits as soon as it is added.
      local isKnown = event[2] == 'added' and newerLetter == 'w' and newerJob == id
      if letter and not isKnown then
        if id and not jobs[id] then
          jobCount = jobCount + 1
          jobs[id] = jobCount
        end
        local time, size = timeOf(entry[1]), #parts
        parts[size + 1], parts[size + 2], parts[size + 3], parts[size + 4] = letter, jobs[id] or '', ' ', newer - time
        if letter == 'd' then
          parts[size + 5], parts[size + 6] = ' ', tonumber(fieldOf(event, 'delay')) or ''
        end
        table.insert(parts, ',')
        newer, newerLetter, newerJob = time, letter, id
      end
    end
    count = count + #entries
    if #entries > 0 then
      first = timeOf(entries[#entries][1])
      from = before(entries[#entries][1])
    end
  until count >= MOST or #entries < AT_ONCE
  local added, lastId = allEvents(stream, prefix)
  local isCut = added > count
  if isCut and not first then
    first = lastId and timeOf(lastId)
  end
  -- BullMQ 5 keeps the jobs of a paused queue in another list.
  local waiting = redis.call('LLEN', prefix .. 'wait') + redis.call('LLEN', prefix .. 'paused')
  waiting = waiting + redis.call('ZCARD', prefix .. 'prioritized')
  local dueBefore = 0
  if first then
    dueBefore = redis.call('ZCOUNT', prefix .. 'delayed', '-inf', string.format('%.0f', first * 4096 - 1))
    first = string.format('%.0f', first)
  end
  local isPaused = redis.call('HEXISTS', prefix .. 'meta', 'paused')
  return { string.format('%.0f', now), first, isCut and 1 or 0, isPaused, waiting, dueBefore, table.concat(parts) }
end
`;

/** Redis does nothing else during a call: 50,000 events take some 100 ms. */
const QUEUES_PER_CALL = { events: 1 } as const;

export const BULLMQ_EVENTS = new BatchedScript<'events', QueueHistory>(EVENTS_LUA, QUEUES_PER_CALL, (values) => {
  const [now, first, isCut, isPaused, waiting, dueBefore, events] = values;
  return typeof events === 'string'
    ? historyOf({
        now: Number(now),
        first: first === null ? undefined : Number(first),
        isCut: Number(isCut) === 1,
        isPaused: Number(isPaused) === 1,
        waiting: Number(waiting),
        dueBefore: Number(dueBefore),
        events,
      })
    : new MeasureFailure('Redis answered with something other than events');
});
