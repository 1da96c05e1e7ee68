import { afterAll, describe } from '@jest/globals';
import { sizeAndLatency } from './cases.js';
import { connections } from './connections.js';
import type { BackendDriver } from './driver.js';
import { faults } from './faults.js';
import { places } from './places.js';
import { polls } from './polls.js';
import { property } from './property.js';
import { workers } from './workers.js';

export function contract<Q>(driver: BackendDriver<Q>): void {
  describe(`the contract, with ${driver.library}`, () => {
    afterAll(() => driver.close());
    sizeAndLatency(driver);
    property(driver);
    faults(driver);
    polls(driver);
    connections(driver);
    places(driver);
    workers(driver);
  });
}
