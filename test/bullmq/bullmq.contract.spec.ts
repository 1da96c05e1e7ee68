import { expect, it } from '@jest/globals';
import { bullFamilyContract } from '../bull-family/contract.js';
import { BullMQDriver } from './bullmq-driver.js';
import { BULLMQ_MAJOR } from './major.js';

const driver = new BullMQDriver();
bullFamilyContract(driver);

it('the BullMQ under test is the one that this run is for', async () => {
  const { queue } = driver.open();
  await queue.waitUntilReady();

  expect(await queue.getVersion()).toMatch(new RegExp(`^bullmq:${BULLMQ_MAJOR}\\.`));
  await driver.close();
});
