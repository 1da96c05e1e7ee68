/** Every backend whose queues live on a Redis keeps this contract as well as the contract of jobs. */
import { afterAll, describe } from '@jest/globals';
import { connections } from './connections.js';
import type { RedisDriver } from './driver.js';
import { faults } from './faults.js';
import { places } from './places.js';
import { polls } from './polls.js';

export function redisContract<Q>(driver: RedisDriver<Q>): void {
  describe(`the contract of Redis, with ${driver.library}`, () => {
    afterAll(() => driver.close());
    faults(driver);
    polls(driver);
    connections(driver);
    places(driver);
  });
}
