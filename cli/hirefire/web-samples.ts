/** Collects the queue times that the app measures and the response times that the router measures. */
import { kindOf } from './managers/kinds.js';
import type { Manager } from './managers/schema.js';

const ROUTER_LINE = /\[hirefire:router\] queue=(\d+(?:\.\d+)?)ms/;

/** Further samples between two checkups would change no decision. */
const MAX_SAMPLES = 100_000;

/** Apps dispatch once a second, so at a short interval some checkups come between two dispatches. */
const MAX_DISPATCH_MS = 2_000;

const MINUTE_MS = 60_000;

/** The queue time in a line of the app's log, in milliseconds; undefined without one. */
export function queueTimeOf(line: string): number | undefined {
  const [, ms] = ROUTER_LINE.exec(line) ?? [];
  return ms === undefined ? undefined : Number(ms);
}

export class WebSamples {
  #queueTimes: number[] = [];
  #responseTimes: number[] = [];
  /** Since the last checkup. */
  #requests = 0;
  #measured: { readonly queueTime: number; readonly at: number; readonly manager: Manager | undefined } | undefined;
  /** The requests of the last minute, by checkup. */
  readonly #counts: { readonly at: number; readonly requests: number }[] = [];

  /**
   * @param now - milliseconds of any clock
   * @param startedAt - by the same clock
   * @param minuteMs - milliseconds that count as a minute
   */
  constructor(
    private readonly now: () => number,
    private readonly startedAt: number,
    private readonly minuteMs = MINUTE_MS,
  ) {}

  /** Milliseconds that requests waited for a dyno. */
  addQueueTimes(samples: readonly number[]): void {
    this.#queueTimes.push(...samples.slice(0, MAX_SAMPLES - this.#queueTimes.length));
  }

  /** A request that is over. */
  addRequest(ms: number): void {
    this.#requests++;
    if (this.#responseTimes.length < MAX_SAMPLES) {
      this.#responseTimes.push(ms);
    }
  }

  /**
   * The manager's number since the last checkup: 0 if no request came. If some came but none was measured yet, the queue time
   * before; null without a recent one.
   *
   * @param open - requests under way
   */
  checkup(manager: Manager | undefined, open: number): number | null {
    const wereNone = this.#requests === 0 && open === 0;
    this.#countRequests();
    const { measure, isQueueTime } = kindOf(manager);
    const number = measure?.({
      queueTimes: this.#queueTimes,
      responseTimes: this.#responseTimes,
      requestsPerMinute: this.#requestsPerMinute(),
    });
    this.#queueTimes = [];
    this.#responseTimes = [];
    this.#requests = 0;
    if (typeof number === 'number') {
      this.#measured = isQueueTime ? { queueTime: number, at: this.now(), manager } : undefined;
    }
    return number ?? (wereNone ? 0 : this.#recentQueueTime(manager));
  }

  #recentQueueTime(manager: Manager | undefined): number | null {
    const measured = this.#measured;
    const isRecent = measured?.manager === manager && this.now() - (measured?.at ?? -Infinity) <= MAX_DISPATCH_MS;
    return isRecent ? (measured?.queueTime ?? null) : null;
  }

  #countRequests(): void {
    const now = this.now();
    this.#counts.push({ at: now, requests: this.#requests });
    const first = this.#counts.findIndex(({ at }) => at > now - this.minuteMs);
    this.#counts.splice(0, first);
  }

  #requestsPerMinute(): number {
    const requests = this.#counts.reduce((sum, count) => sum + count.requests, 0);
    const ms = Math.min(this.now() - this.startedAt, this.minuteMs);
    return ms > 0 ? Math.round((requests * MINUTE_MS) / ms) : 0;
  }
}
