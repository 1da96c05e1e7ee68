import type { Metric } from '../hirefire.protocol.js';
import { remembered } from '../hirefire.remembered.js';
import { typeOf } from './failure-message.js';
import { MeasureFailure } from './measure-failure.js';
import { OneAtATime } from './one-at-a-time.js';
import { METHOD_OF } from './proc.js';
import type { DiscoveredProc } from './proc-explorer.js';
import { isQueueProc } from './queue-proc.js';
import { TimeLimit } from './time-limit.js';
import { HISTORY, keepsHistory, type QueueHistory } from './trace.js';

/** A proc that does not settle is started again after so many time-outs. */
const TIMEOUTS_BEFORE_RESTART = 3;

/** Measures procs: each within the time-out, never twice at once, and with its value checked. */
export class ProcRunner {
  readonly #runs = new WeakMap<object, OneAtATime<unknown>>();
  readonly #histories = new WeakMap<object, OneAtATime<readonly QueueHistory[] | null>>();

  /** @param timeout - ms that one proc may take */
  constructor(private readonly timeout: number) {}

  /** Resolves to a whole number of jobs, or to seconds with up to three decimals. */
  async measure(proc: DiscoveredProc): Promise<number> {
    const runs = remembered(this.#runs, proc.instance, () => this.#runsOf(proc.instance, proc.ask));
    return checkedNumber(await this.#inTime(proc, runs), proc.metric);
  }

  /** Resolves to what the proc's queues went through, `null` if its backend keeps no history. */
  async history(proc: DiscoveredProc): Promise<readonly QueueHistory[] | null> {
    const { instance } = proc;
    if (!keepsHistory(instance)) {
      return null;
    }
    const runs = remembered(this.#histories, instance, () => this.#runsOf(instance, () => instance[HISTORY]()));
    return this.#inTime(proc, runs);
  }

  async #inTime<T>(proc: DiscoveredProc, runs: OneAtATime<T>): Promise<T> {
    const limit = new TimeLimit(this.timeout, () => tooLate(this.timeout, proc));
    try {
      return await limit.of(runs.next());
    } finally {
      limit.clear();
    }
  }

  #runsOf<T>(instance: object, ask: () => T | Promise<T>): OneAtATime<T> {
    if (isQueueProc(instance)) {
      instance.timeout = this.timeout;
    }
    return new OneAtATime(ask, TIMEOUTS_BEFORE_RESTART * this.timeout);
  }
}

function tooLate(timeout: number, { instance }: DiscoveredProc): MeasureFailure {
  const reason = isQueueProc(instance) ? instance.whyWaiting : undefined;
  const message = `took longer than the time-out of ${timeout} ms${reason ? `: ${reason.message}` : ''}`;
  return new MeasureFailure(message, { cause: reason?.cause });
}

function checkedNumber(value: unknown, metric: Metric): number {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    const cure = typeof value === 'string' || typeof value === 'bigint' ? ': convert it with Number()' : '';
    throw new MeasureFailure(
      `${METHOD_OF[metric]}() must give a finite number of 0 or more, but gave ${typeOf(value)}${cure}`,
    );
  }
  if (metric === 'size') {
    // + 0 turns -0 into 0.
    return Math.ceil(value) + 0;
  }
  // Rounding must not turn a waiting job into 0.
  return Math.max(Number(value.toFixed(3)), value > 0 ? 0.001 : 0);
}
