import { jobsContract } from '../contract/jobs/contract.js';
import { GraphileWorkerDriver } from './graphile-worker-driver.js';
import { VERSIONS } from './graphile.js';

VERSIONS.forEach((version) => jobsContract(new GraphileWorkerDriver(version)));
