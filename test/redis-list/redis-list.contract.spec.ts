import { afterAll, beforeAll } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { RedisServer } from '../../tools/redis-server.js';
import { jobsContract } from '../contract/jobs/contract.js';
import { RedisListDriver } from './redis-list-driver.js';

const server = await RedisServer.reserve();
beforeAll(() => server.start());
afterAll(() => server.stop());
// Lists that are empty are warned of.
beforeAll(() => {
  Logger.overrideLogger(false);
});

jobsContract(
  new RedisListDriver(server.port, {
    library: 'LPUSH and RPOP by hand',
    keyOf: (name) => name,
    push: 'lpush',
    pop: 'rpop',
  }),
);
