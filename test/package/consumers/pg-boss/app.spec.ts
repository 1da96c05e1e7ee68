/** A user's unit test without a PostgreSQL: a stand-in for the proc, so no pg-boss is made. */
import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { HireFireModule, HireFireService } from 'nestjs-hirefire';
import { GraphileWorkerProc } from 'nestjs-hirefire/graphile-worker';
import { PgBossProc } from 'nestjs-hirefire/pg-boss';
import { PROCS, WorkerProc } from './procs.js';

it('measures a proc that the test replaced', async () => {
  const module = await Test.createTestingModule({ imports: [HireFireModule.forRoot()], providers: [WorkerProc] })
    .overrideProvider(WorkerProc)
    .useValue({ quantity: () => 3 })
    .compile();
  await module.init();

  await expect(module.get(HireFireService).measure()).resolves.toEqual([{ name: 'worker', quantity: 3, value: 3 }]);
  await module.close();
});

it('knows the base class of every proc', () => {
  expect(PROCS.map((proc): unknown => Object.getPrototypeOf(proc))).toEqual([
    PgBossProc,
    PgBossProc,
    GraphileWorkerProc,
    GraphileWorkerProc,
  ]);
});
