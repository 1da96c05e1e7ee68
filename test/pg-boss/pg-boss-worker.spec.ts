/** A real worker of pg-boss, in its own process: killed, replaced, asked to stop. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import { HireFireProc } from '../../lib/index.js';
import { PgBossProc } from '../../lib/pg-boss/index.js';
import { expectCountedByItsJob, workerStarter } from '../postgres/worker-processes.js';
import { TestDatabase } from '../support/postgres.js';
import { MAJORS, newBoss, type Boss } from './boss.js';

@HireFireProc('worker')
class WorkerProc extends PgBossProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends PgBossProc {}

const startWorker = workerStarter('test/pg-boss/pg-boss-worker.ts');
afterAll(() => TestDatabase.closeAll());

describe.each(MAJORS)('a real worker of pg-boss %i', (major) => {
  it('is counted by the job that it has: busy, done, killed, replaced, asked to stop, and gone', async () => {
    const database = await TestDatabase.create();
    const boss: Boss = newBoss(major, { connectionString: database.url });
    await boss.start();
    await boss.createQueue('mail');
    for (let count = 1; count <= 4; count++) {
      await boss.send('mail', {}, { retryLimit: 3, expireInSeconds: 3600 });
    }
    const [worker, lean] = [new WorkerProc(boss, 'mail'), new LeanProc(boss, 'mail')];
    await expectCountedByItsJob(() => startWorker(`${major}`, database.url, 'mail'), worker, lean);

    // As if the time had passed that a worker has for a job.
    await database.query(`update pgboss.job set started_on = now() - interval '2 hours' where state = 'active'`);
    while ((await lean.quantity()) < 2) {
      await (boss.maintain?.() ?? boss.supervise?.('mail'));
      await setTimeout(10);
    }
    expect([await worker.quantity(), await lean.quantity()]).toEqual([2, 2]);
    await boss.stop({ graceful: false });
  });
});
