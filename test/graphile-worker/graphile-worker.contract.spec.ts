import { afterAll } from '@jest/globals';
import { jobsContract } from '../contract/jobs/contract.js';
import { TestDatabase } from '../support/postgres.js';
import { GraphileWorkerDriver } from './graphile-worker-driver.js';
import { VERSIONS } from './graphile.js';

afterAll(() => TestDatabase.closeAll());
VERSIONS.forEach((version) => jobsContract(new GraphileWorkerDriver(version)));
