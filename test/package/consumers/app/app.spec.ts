/** A user's unit test: the module in Jest, with a proc of the app replaced. */
import { expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { HireFireService } from 'nestjs-hirefire';
import { AppModule } from './app.module.js';
import { ReportsRepository } from './procs.js';

it('measures the procs of the app', async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(ReportsRepository)
    .useValue({ countPending: () => Promise.resolve(42) })
    .compile();
  await module.init();

  await expect(module.get(HireFireService).measure()).resolves.toEqual([
    { name: 'lean-lists', quantity: 4, value: 4 },
    { name: 'legacy', quantity: 10, value: 10 },
    { name: 'lists', quantity: 7, value: 7 },
    { name: 'mailer', quantity: 1.5, value: 1.5 },
    { name: 'reports', quantity: 42, value: 42 },
  ]);
  await module.close();
});
