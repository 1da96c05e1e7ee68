import { QueueScript } from '../redis/queue-script.js';

/** Reads a list, and a sorted set whose scores are the Unix seconds at which its members are due. */
export const REDIS_LIST_SCRIPT = new QueueScript(`
local function read(list, schedule)
  local waitingCount = redis.call('LLEN', list)
  local dueCount = schedule == '' and 0 or redis.call('ZCOUNT', schedule, '-inf', now / 1000)
  if waitingCount + dueCount == 0 and (schedule == '' or redis.call('EXISTS', schedule) == 0) then
    return 0, 0, nil, {}
  end
  return waitingCount + dueCount, 0
end
`);
