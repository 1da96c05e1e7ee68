/** What is known of the web dynos' requests: by the app, which measures their queue times, and by the router. */
import { aggregate } from './managers/aggregate.js';
import type { Manager } from './managers/schema.js';

const ROUTER_LINE = /\[hirefire:router\] queue=(\d+(?:\.\d+)?)ms/;

/** More samples between two checkups than this change no decision. */
const MAX_SAMPLES = 100_000;

const MINUTE_MS = 60_000;

/** Of web dynos that nobody scales, the page and the report show this. */
const SHOWN = { aggregation: 'percentile', percentile: 95 } as const;

/** The queue time in a line of the app's log, in milliseconds; undefined where there is none. */
export function queueTimeOf(line: string): number | undefined {
  const [, ms] = ROUTER_LINE.exec(line) ?? [];
  return ms === undefined ? undefined : Number(ms);
}

export class WebSamples {
  #queueTimes: number[] = [];
  #responseTimes: number[] = [];
  /** Since the last checkup. */
  #requests = 0;
  /** When the requests of the last minute came, by checkup. */
  readonly #counts: { readonly at: number; readonly requests: number }[] = [];

  /**
   * @param now - milliseconds of any clock
   * @param startedAt - of the same clock
   * @param minuteMs - what counts as a minute
   */
  constructor(
    private readonly now: () => number,
    private readonly startedAt: number,
    private readonly minuteMs = MINUTE_MS,
  ) {}

  /** Milliseconds that requests have waited for a dyno. */
  addQueueTimes(samples: readonly number[]): void {
    this.#queueTimes.push(...samples.slice(0, MAX_SAMPLES - this.#queueTimes.length));
  }

  /** A request is over. */
  addRequest(ms: number): void {
    this.#requests++;
    if (this.#responseTimes.length < MAX_SAMPLES) {
      this.#responseTimes.push(ms);
    }
  }

  /**
   * The manager's number for the time since the last checkup. A 0 where no request came, null where some did and none was
   * measured.
   *
   * @param open - requests that are under way
   */
  checkup(manager: Manager | undefined, open: number): number | null {
    const wereNone = this.#requests === 0 && open === 0;
    const queueTimes = this.#queueTimes;
    const responseTimes = this.#responseTimes;
    this.#countRequests();
    this.#queueTimes = [];
    this.#responseTimes = [];
    this.#requests = 0;
    switch (manager?.type) {
      case 'requests-per-minute':
        return this.#requestsPerMinute();
      case 'response-time':
        return aggregate(responseTimes, manager) ?? (wereNone ? 0 : null);
      case 'request-queue-time':
        return aggregate(queueTimes, manager) ?? (wereNone ? 0 : null);
      default:
        return aggregate(queueTimes, SHOWN) ?? (wereNone ? 0 : null);
    }
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
