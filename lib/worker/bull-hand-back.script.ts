import { RedisScript } from '../redis/redis-script.js';

/** The jobs that a queue object works on, the newest first: all their locks are its token. */
const OWN_JOBS_LUA = `
local activeKey, prefix, token = KEYS[1], ARGV[1], ARGV[2]
local own = {}
for _, id in ipairs(redis.call('LRANGE', activeKey, 0, -1)) do
  if redis.call('GET', prefix .. id .. ':lock') == token then
    table.insert(own, id)
  end
end
`;

export const OWN_JOBS = new RedisScript(`${OWN_JOBS_LUA}
return own
`);

/** Hands back all of them at once, the oldest to the front: Bull has no move for it. */
export const HAND_BACK = new RedisScript(`${OWN_JOBS_LUA}
local isPaused = redis.call('EXISTS', prefix .. 'meta-paused') == 1
local wait, priorities = prefix .. (isPaused and 'paused' or 'wait'), prefix .. 'priority'

-- Jobs that were pushed to the front have no place among the priorities, although they may have a priority.
local function jobsBeforePriorities()
  local count = 0
  local id = redis.call('LINDEX', wait, -1)
  while id and not redis.call('ZSCORE', priorities, id) do
    count = count + 1
    id = redis.call('LINDEX', wait, -1 - count)
  end
  return count
end

-- Bull keeps the jobs of all priorities in one list, the most urgent at the right.
local function pushAmongPriorities(id, priority)
  local moreUrgent = redis.call('ZCOUNT', priorities, '-inf', '(' .. priority)
  local before = moreUrgent > 0 and redis.call('LINDEX', wait, -moreUrgent - jobsBeforePriorities())
  redis.call('ZADD', priorities, priority, id)
  if before then
    redis.call('LINSERT', wait, 'BEFORE', before, id)
  else
    redis.call('RPUSH', wait, id)
  end
end

for _, id in ipairs(own) do
  redis.call('DEL', prefix .. id .. ':lock')
  redis.call('SREM', prefix .. 'stalled', id)
  redis.call('LREM', activeKey, 1, id)
  local priority = tonumber(redis.call('HGET', prefix .. id, 'priority')) or 0
  if priority > 0 then
    pushAmongPriorities(id, priority)
  else
    redis.call('RPUSH', wait, id)
  end
end
return own
`);
