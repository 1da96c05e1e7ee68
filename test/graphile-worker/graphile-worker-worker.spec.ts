/** A real worker of graphile-worker, in its own process: killed, replaced, asked to stop. */
import { afterAll, describe, it } from '@jest/globals';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import { HireFireProc } from '../../lib/index.js';
import { expectCountedByItsJob, workerStarter } from '../postgres/worker-processes.js';
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
    // The lock of the killed worker holds for four hours.
    await expectCountedByItsJob(
      () => startWorker(version, database.url, 'mail'),
      worker,
      lean,
      async () => {
        // The newer versions do.
        while ((await worker.quantity()) > 3) {
          await setTimeout(10);
        }
      },
    );
    await utils.release();
    await pool.end();
  });
});
