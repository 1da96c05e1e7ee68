/** A real worker of graphile-worker, in a process of its own: killed, replaced, asked to stop. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import { HireFireProc } from '../../lib/index.js';
import { told, workerStarter } from '../postgres/worker-processes.js';
import { TestDatabase } from '../support/postgres.js';
import { makeUtils, VERSIONS } from './graphile.js';

@HireFireProc('worker')
class WorkerProc extends GraphileWorkerProc {}

@HireFireProc('lean', { skipActive: true })
class LeanProc extends GraphileWorkerProc {}

const startWorker = workerStarter('test/graphile-worker/graphile-worker-worker.ts');
afterAll(() => TestDatabase.closeAll());

describe.each(VERSIONS)('a real worker of graphile-worker %s', (version) => {
  it('is counted by the job that it has: busy, done, killed, replaced, asked to stop, and gone', async () => {
    const database = await TestDatabase.create();
    const pool = new pg.Pool({ connectionString: database.url });
    const utils = await makeUtils(version, pool);
    await utils.migrate();
    for (let count = 1; count <= 4; count++) {
      await utils.addJob('mail', {});
    }
    const [worker, lean] = [new WorkerProc(pool, 'mail'), new LeanProc(pool, 'mail')];
    const measured = () => Promise.all([worker.quantity(), lean.quantity()]);
    expect(await measured()).toEqual([4, 4]);

    const first = startWorker(version, database.url, 'mail');
    expect(await told(first)).toBe('started');
    expect(await measured()).toEqual([4, 3]);
    first.send(1);
    // The next one.
    expect(await told(first)).toBe('started');
    // The newer versions take it before they have completed the first.
    while ((await worker.quantity()) > 3) {
      await setTimeout(10);
    }
    expect(await measured()).toEqual([3, 2]);

    first.kill('SIGKILL');
    await once(first, 'exit');
    expect(await measured()).toEqual([3, 2]);

    const second = startWorker(version, database.url, 'mail');
    expect(await told(second)).toBe('started');
    expect(await measured()).toEqual([3, 1]);

    second.kill('SIGTERM');
    expect(await told(second)).toBe('closing');
    expect(await measured()).toEqual([3, 1]);
    second.send(1);
    await once(second, 'exit');
    // The lock of the killed worker holds for four hours; nobody took the last job.
    expect(await measured()).toEqual([2, 1]);
    await utils.release();
    await pool.end();
  }, 60_000);
});
