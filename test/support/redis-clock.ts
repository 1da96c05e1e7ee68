import { afterEach, beforeEach, jest } from '@jest/globals';
import { RedisConnection } from '../../lib/redis/redis-connection.js';
import { RedisScript } from '../../lib/redis/redis-script.js';
import { stoppedClock, type Clock } from './clock.js';

const TIME = `redis.call('TIME')`;
const LAST_ARGUMENT = '{ math.floor(ARGV[#ARGV] / 1000), ARGV[#ARGV] % 1000 * 1000 }';

/** The stopped clock of a file's tests, for Redis too: scripts get it as a further argument where they would ask Redis for its own. */
export function stoppedRedisClock(now?: () => number): Clock {
  const clock = stoppedClock(now);
  const stopped = new Map<RedisScript, RedisScript>();
  let spy: { mockRestore(): void };
  beforeEach(() => {
    spy = jest.spyOn(RedisConnection.prototype, 'run').mockImplementation(function (
      this: RedisConnection,
      script,
      keys,
      args,
    ) {
      const ours = stopped.get(script) ?? new RedisScript(script.lua.replace(TIME, LAST_ARGUMENT));
      stopped.set(script, ours);
      return this.send(() => this.client.run(ours, keys, [...args, Date.now()]));
    });
  });
  afterEach(() => {
    spy.mockRestore();
  });
  return clock;
}
