/** ms for which no message comes or goes while there is no consumer: HireFire may poll at any interval. */
const QUIET = 10_000;

/** A consumer that works on so many messages at a time may be meant. */
const MEANT_PER_CONSUMER = 10;

/** How often messages must come back before it is no coincidence. */
const MIN_RETURNS = 3;

/**
 * Notices consumers that take more messages than they work on: AMQP counts 0 while they have them, and all of them again when they
 * are gone. A single poll can't show it, because an idle queue looks the same.
 */
export class PrefetchWatch {
  #isLimited = false;
  #consumers = 0;
  /** The messages while there is no consumer, since when, and whether they came back when the last consumer left. */
  #waiting: { readonly count: number; readonly since: number; readonly returned: boolean } | undefined;
  /** The messages that consumers have taken. */
  #taken: number | undefined;
  #returns = 0;

  constructor(private readonly queue: string) {}

  /** @returns a warning, once the consumers of an app can't be limited */
  warningAfter(ready: number, consumers: number, now = performance.now()): string | undefined {
    // Consumers without a limit leave nothing.
    this.#isLimited ||= ready > 0 && consumers > 0;
    if (this.#isLimited) {
      return undefined;
    }
    if (consumers > 0) {
      this.#work(consumers, now);
    } else {
      this.#wait(ready, now);
    }
    const returns = this.#returns + (this.#isQuiet(now) && this.#waiting?.returned ? 1 : 0);
    return returns < MIN_RETURNS
      ? undefined
      : `messages of "${this.queue}" were gone while it had consumers, and came back each time they left. AMQP does not count ` +
          'messages that a consumer holds, so HireFire stops workers that have jobs: let each acknowledge when a job is done, and ' +
          "hold no others (channel.prefetch(1); noAck: false and prefetchCount: 1 in Nest's transport), or pass { management: url }.";
  }

  #work(consumers: number, now: number): void {
    if (this.#waiting) {
      const isQuiet = this.#isQuiet(now);
      this.#returns = isQuiet && this.#waiting.returned ? this.#returns + 1 : 0;
      this.#taken = isQuiet ? this.#waiting.count : undefined;
      this.#waiting = undefined;
      this.#consumers = 0;
    }
    this.#consumers = Math.max(this.#consumers, consumers);
  }

  #wait(ready: number, now: number): void {
    if (!this.#waiting) {
      const returned =
        this.#taken !== undefined && ready <= this.#taken && ready > MEANT_PER_CONSUMER * this.#consumers;
      this.#waiting = { count: ready, since: now, returned };
    } else if (this.#waiting.count !== ready) {
      // Others came: nothing is known of those that consumers had.
      this.#waiting = { count: ready, since: now, returned: false };
    }
  }

  #isQuiet(now: number): boolean {
    return this.#waiting !== undefined && now - this.#waiting.since >= QUIET;
  }
}
