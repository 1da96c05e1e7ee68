import { ISO_TIME_LUA } from '../redis/iso-time.lua.js';
import { QueueScript } from '../redis/queue-script.js';

/** Reads a queue of Celery, as kombu keeps it on Redis: docs/design/celery.md. */
export const CELERY_SCRIPT = new QueueScript(`${ISO_TIME_LUA}
local CHUNK, MAX_WALK, MAX_UNACKED = 500, 10000, 20000
-- By prefix and separator: all queues share it, so it is read once per call.
local reservedOf = {}

-- Only a header has a plain "eta":. In a text within the JSON, such as the arguments, its quotes are escaped.
local function isLater(message)
  local _, header = string.find(message, '"eta":', 1, true)
  local eta = header and string.match(message, '^%s*"([^"]*)"', header + 1)
  local time = eta and timeOf(eta)
  return time and time > now
end

-- Counts chunk by chunk, up to the first one without a later message.
local function laterCountOf(list)
  local count = 0
  for start = 0, MAX_WALK - 1, CHUNK do
    local before = count
    for _, message in ipairs(redis.call('LRANGE', list, -start - CHUNK, -start - 1)) do
      if isLater(message) then
        count = count + 1
      end
    end
    if count == before then
      break
    end
  end
  return count
end

-- '*' and '#' match what they match in kombu.
local function topicPatternOf(bindingKey)
  local words = {}
  for word in string.gmatch(bindingKey .. '.', '(.-)%.') do
    words[#words + 1] = word == '*' and '.*[^.]' or word == '#' and '.*' or string.gsub(word, '%W', '%%%0')
  end
  return '^' .. table.concat(words, '%.') .. '$'
end

local function queuesBoundTo(settings, exchange, routingKey)
  local queues = {}
  for _, binding in ipairs(exchange == '' and {} or redis.call('SMEMBERS', settings.prefix .. '_kombu.binding.' .. exchange)) do
    local keyEnd, patternStart = string.find(binding, settings.sep, 1, true)
    local patternEnd, queueStart = string.find(binding, settings.sep, (patternStart or 0) + 1, true)
    if keyEnd and patternEnd then
      local key, isTopic = string.sub(binding, 1, keyEnd - 1), patternEnd > patternStart + 1
      if isTopic and string.match(routingKey, topicPatternOf(key)) or key == routingKey then
        queues[string.sub(binding, queueStart + 1)] = true
      end
    end
  end
  if next(queues) == nil then
    queues[routingKey] = true
  end
  return queues
end

local function routeOf(entry)
  local exchange, routingKey = string.match(string.sub(entry, -512), ',%s*"([^"\\\\]*)",%s*"([^"\\\\]*)"%]$')
  if exchange then
    return exchange, routingKey
  end
  local message = decoded(entry)
  if message[3] ~= nil then
    return type(message[2]) == 'string' and message[2] or '', type(message[3]) == 'string' and message[3] or ''
  end
end

-- By queue, the messages that workers have reserved and that are due; and where there is one that kombu itself can't read.
local function countReserved(settings)
  local unacked, counts, bound, seen, cursor, oddIn = settings.prefix .. 'unacked', {}, {}, {}, '0', nil
  local total = redis.call('HLEN', unacked)
  if total > MAX_UNACKED then
    error('UNACKED: workers hold ' .. total .. ' messages, and no more than ' .. MAX_UNACKED .. ' can be looked at')
  end
  repeat
    local page = redis.call('HSCAN', unacked, cursor, 'COUNT', CHUNK)
    cursor = page[1]
    for place = 1, #page[2], 2 do
      local tag, entry = page[2][place], page[2][place + 1]
      if not seen[tag] and not isLater(entry) then
        local exchange, routingKey = routeOf(entry)
        local route = exchange and exchange .. settings.sep .. routingKey
        if route then
          bound[route] = bound[route] or queuesBoundTo(settings, exchange, routingKey)
        else
          oddIn = unacked
        end
        for queue in pairs(bound[route] or {}) do
          counts[queue] = (counts[queue] or 0) + 1
        end
      end
      seen[tag] = true
    end
  until cursor == '0'
  return { counts = counts, oddIn = oddIn }
end

local function read(key, argument)
  local settings = cjson.decode(argument)
  local place = settings.prefix .. settings.sep .. settings.sep
  reservedOf[place] = reservedOf[place] or countReserved(settings)

  local reserved = reservedOf[place]
  local listCount, laterCount = 0, 0
  for _, suffix in ipairs(settings.suffixes) do
    local count = redis.call('LLEN', key .. suffix)
    listCount = listCount + count
    laterCount = laterCount + (count > 0 and laterCountOf(key .. suffix) or 0)
  end

  local readyCount = listCount - laterCount + (reserved.counts[settings.queue] or 0)
  if readyCount + laterCount == 0 and redis.call('EXISTS', settings.prefix .. '_kombu.binding.' .. settings.queue) == 0 then
    return 0, 0, nil, {}, reserved.oddIn
  end
  return readyCount, 0, nil, nil, reserved.oddIn
end
`);
