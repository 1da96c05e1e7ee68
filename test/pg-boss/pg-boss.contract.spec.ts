import { jobsContract } from '../contract/jobs/contract.js';
import { MAJORS } from './boss.js';
import { PgBossDriver } from './pg-boss-driver.js';

MAJORS.forEach((major) => jobsContract(new PgBossDriver(major)));
