import type { Metric } from '../hirefire.protocol.js';
import { kindOf } from './failure-message.js';
import { MeasureFailure } from './measure-failure.js';
import { OneAtATime } from './one-at-a-time.js';
import { METHOD_OF } from './proc.js';
import type { DiscoveredProc } from './proc-explorer.js';
import { isQueueProc } from './queue-proc.js';
import { TimeLimit } from './time-limit.js';

/** How many time-outs a proc that does not settle is left alone before it is started once more. */
const TIMEOUTS_BEFORE_RESTART = 3;

/** Measures one proc at a time: within the time-out, never twice at once, and never taking a wrong value for a number. */
export class ProcRunner {
  readonly #runs = new WeakMap<object, OneAtATime<unknown>>();

  /** @param timeout - ms that one proc may take */
  constructor(private readonly timeout: number) {}

  /**
   * The proc's number: a whole number of jobs, or seconds with up to three decimals.
   *
   * @throws what the proc threw, or an error that says what is wrong with its answer or that it took too long
   */
  async measure(proc: DiscoveredProc): Promise<number> {
    const runs = this.#runs.get(proc.instance) ?? this.#runsOf(proc);
    const limit = new TimeLimit(this.timeout, () => tooLate(this.timeout, proc));
    try {
      return checkedNumber(await limit.of(runs.next()), proc.metric);
    } finally {
      limit.clear();
    }
  }

  #runsOf({ instance, ask }: DiscoveredProc): OneAtATime<unknown> {
    if (isQueueProc(instance)) {
      instance.timeout = this.timeout;
    }
    const runs = new OneAtATime(ask, TIMEOUTS_BEFORE_RESTART * this.timeout);
    this.#runs.set(instance, runs);
    return runs;
  }
}

function tooLate(timeout: number, { instance }: DiscoveredProc): MeasureFailure {
  const reason = isQueueProc(instance) ? instance.whyWaiting : undefined;
  const message = `took longer than the time-out of ${timeout} ms${reason ? `: ${reason.message}` : ''}`;
  return new MeasureFailure(message, { cause: reason?.cause });
}

function checkedNumber(answer: unknown, metric: Metric): number {
  if (typeof answer !== 'number' || !Number.isFinite(answer) || answer < 0) {
    const cure = typeof answer === 'string' || typeof answer === 'bigint' ? ': convert it with Number()' : '';
    throw new MeasureFailure(
      `${METHOD_OF[metric]}() must give a finite number of 0 or more, but gave ${kindOf(answer)}${cure}`,
    );
  }
  if (metric === 'size') {
    // + 0 makes a 0 out of -0.
    return Math.ceil(answer) + 0;
  }
  // Rounding must not make a 0 out of a job that waits.
  return Math.max(Number(answer.toFixed(3)), answer > 0 ? 0.001 : 0);
}
