/** A user's unit test without a Redis: a stand-in for the proc, so no client is made. */
import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { HireFireModule, HireFireService } from 'nestjs-hirefire';
import { RQProc } from 'nestjs-hirefire/rq';
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
  for (const proc of PROCS) {
    expect(Object.getPrototypeOf(proc)).toBe(RQProc);
  }
});
