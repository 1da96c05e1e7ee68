import { afterAll, beforeAll } from '@jest/globals';
import { RedisServer } from '../../tools/redis-server.js';
import { jobsContract } from '../contract/jobs/contract.js';
import { describeWith } from '../other-languages/interpreter.js';
import { RqDriver } from './rq-driver.js';

const server = await RedisServer.reserve();

describeWith('python3-rq', (python) => {
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  jobsContract(new RqDriver([python, 'test/rq/rq_oracle.py'], server.port));
});
