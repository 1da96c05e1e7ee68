/** Judoscale's agent for BullMQ, set up as its README says, whose reporter is asked by the benchmark instead of a clock. */
import { Judoscale } from 'judoscale-bullmq';
import type { Address } from './libraries.js';

export type JudoscaleCollector = (typeof Judoscale.adapters)[number]['collector'];

export function createJudoscale(address: Address): JudoscaleCollector {
  // Without an address to report to it only says that it does not report.
  new Judoscale({ redis: { ...address }, log_level: 'error' });
  const adapter = Judoscale.adapters.find(({ identifier }) => identifier === 'judoscale-bullmq');
  if (!adapter) {
    throw new Error('judoscale-bullmq has not registered its collector');
  }
  return adapter.collector;
}
