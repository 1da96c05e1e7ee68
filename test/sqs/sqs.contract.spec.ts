import { jobsContract } from '../contract/jobs/contract.js';
import { SqsDriver } from './sqs-driver.js';

jobsContract(await SqsDriver.start());
