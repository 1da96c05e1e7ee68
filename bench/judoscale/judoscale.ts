/** Judoscale's agent for BullMQ, set up as its README says, but asked by the benchmark instead of by its clock. */
import { Judoscale } from 'judoscale-bullmq';

/** @returns the size of the first so many of these queues */
export function judoscale(port: number, names: readonly string[]): (queues: number) => Promise<number> {
  // Without an address to report to, it reports nothing.
  new Judoscale({ redis: { port }, log_level: 'error' });
  const collector = Judoscale.adapters.find(({ identifier }) => identifier === 'judoscale-bullmq')?.collector;
  if (!collector) {
    throw new Error('judoscale-bullmq has not registered its collector');
  }
  return async (queues) => {
    // It would find the names with a scan of all keys, once in its life: that is no part of a poll.
    collector.queueNames = new Set(names.slice(0, queues));
    return (await collector.collect()).reduce((sum, { value }) => sum + value, 0);
  };
}
