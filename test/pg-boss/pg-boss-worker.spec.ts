/** A real worker of pg-boss, in a process of its own: killed, replaced, asked to stop. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { HireFireProc } from '../../lib/index.js';
import { PgBossProc } from '../../lib/pg-boss/index.js';
import { told, workerStarter } from '../postgres/worker-processes.js';
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
    const measured = () => Promise.all([worker.quantity(), lean.quantity()]);
    expect(await measured()).toEqual([4, 4]);

    const first = startWorker(`${major}`, database.url, 'mail');
    expect(await told(first)).toBe('started');
    expect(await measured()).toEqual([4, 3]);
    first.send(1);
    // The next one.
    expect(await told(first)).toBe('started');
    expect(await measured()).toEqual([3, 2]);

    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(await measured()).toEqual([3, 2]);

    const second = startWorker(`${major}`, database.url, 'mail');
    expect(await told(second)).toBe('started');
    expect(await measured()).toEqual([3, 1]);
    expect(await worker.latency()).toBeGreaterThan(0);

    second.kill('SIGTERM');
    expect(await told(second)).toBe('closing');
    expect(await measured()).toEqual([3, 1]);
    second.send(1);
    await once(second, 'exit');
    // The lost job is active still; nobody took the last one.
    expect(await measured()).toEqual([2, 1]);

    // As if the time had passed that a worker has for a job.
    await database.query(`update pgboss.job set started_on = now() - interval '2 hours' where state = 'active'`);
    while ((await lean.quantity()) < 2) {
      await (boss.maintain?.() ?? boss.supervise?.('mail'));
      await setTimeout(10);
    }
    expect(await measured()).toEqual([2, 2]);
    await boss.stop({ graceful: false });
  }, 60_000);
});
