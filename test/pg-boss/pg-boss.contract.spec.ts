import { afterAll } from '@jest/globals';
import { jobsContract } from '../contract/jobs/contract.js';
import { TestDatabase } from '../support/postgres.js';
import { MAJORS } from './boss.js';
import { PgBossDriver } from './pg-boss-driver.js';

afterAll(() => TestDatabase.closeAll());
MAJORS.forEach((major) => jobsContract(new PgBossDriver(major)));
