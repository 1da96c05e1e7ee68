import { afterAll, beforeAll } from '@jest/globals';
import { RedisServer } from '../../tools/redis-server.js';
import { jobsContract } from '../contract/jobs/contract.js';
import { describeWith } from '../other-languages/interpreter.js';
import { CeleryDriver } from './celery-driver.js';

const server = await RedisServer.reserve();

describeWith('python3-celery', (python) => {
  beforeAll(() => server.start());
  afterAll(() => server.stop());

  jobsContract(new CeleryDriver([python, 'test/celery/celery_oracle.py'], server.port));
});
