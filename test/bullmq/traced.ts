/** The trace of BullMQ's queues, for tests that write the events themselves. */
import type { Redis } from 'ioredis';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { HireFireProc } from '../../lib/index.js';
import { HISTORY, traceOf } from '../../lib/procs/trace.js';
import type { BullMQTestQueue } from './bullmq-driver.js';

@HireFireProc('worker')
class Worker extends BullMQProc {}

export const EPOCH = Date.parse('2026-01-01T00:00:00Z');

/** The start of a trace, in ms since {@link EPOCH}, and the only proc in it. */
export async function traced(...queues: readonly BullMQTestQueue[]) {
  const histories = await new Worker(...queues.map(({ queue }) => queue))[HISTORY]();
  const { startedAt, processes } = traceOf(new Map([['worker', histories]]));
  return { start: Date.parse(startedAt) - EPOCH, ...processes.worker };
}

export type Traced = Awaited<ReturnType<typeof traced>>;

/** Writes events such as "120 active a": ms, event, job, further fields. The field `delay` is relative as well. */
export async function write(redis: Redis, tested: BullMQTestQueue, events: readonly string[]): Promise<void> {
  const pipeline = redis.pipeline();
  for (const line of events) {
    const [ms, event = '', id, ...fields] = line.split(' ');
    const values = fields.map((field, index) => (fields[index - 1] === 'delay' ? `${EPOCH + Number(field)}` : field));
    const job = id === undefined ? [] : ['jobId', id];
    pipeline.xadd(tested.key('events'), `${EPOCH + Number(ms)}-*`, 'event', event, ...job, ...values);
  }
  await pipeline.exec();
}
