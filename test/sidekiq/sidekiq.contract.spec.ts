import { afterAll, beforeAll } from '@jest/globals';
import { RedisServer } from '../../tools/redis-server.js';
import { jobsContract } from '../contract/jobs/contract.js';
import { describeWith } from '../other-languages/interpreter.js';
import { SidekiqDriver } from './sidekiq-driver.js';

const server = await RedisServer.reserve();

describeWith('ruby-sidekiq', (ruby) => {
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  jobsContract(new SidekiqDriver([ruby, 'test/sidekiq/sidekiq_oracle.rb'], server.port));
});
