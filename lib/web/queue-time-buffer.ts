/** How many queue times are kept of a whole `ttl`: at 8 bytes each and with room for arrays to grow, 2.2 MB. */
export const MAX_QUEUE_TIMES = 240_000;

/** Queue times in milliseconds by the epoch second in which they were measured. */
export type QueueTimesBySecond = Readonly<Record<string, readonly number[]>>;

/**
 * Request queue times that wait to be sent. Bounded in time: what is older than `ttl` is dropped. Bounded in count: a
 * second with more than its share of {@link MAX_QUEUE_TIMES} keeps a uniform sample.
 */
export class QueueTimeBuffer {
  /** The oldest first. */
  #seconds = new Map<number, Sample>();
  #ttl = 0;
  #maxPerSecond = 0;

  /**
   * @param ttl - seconds
   * @param onSampling - told whenever a queue time has to give way
   */
  constructor(
    ttl: number,
    private readonly onSampling: (maxPerSecond: number) => void,
  ) {
    this.ttl = ttl;
  }

  set ttl(seconds: number) {
    this.#ttl = seconds;
    this.#maxPerSecond = Math.floor(MAX_QUEUE_TIMES / seconds);
    for (const sample of this.#seconds.values()) {
      sample.shrink(this.#maxPerSecond);
      this.#saySampling(sample);
    }
  }

  get isEmpty(): boolean {
    return this.#seconds.size === 0;
  }

  /**
   * @param queueTime - milliseconds
   * @param now - epoch milliseconds
   */
  add(queueTime: number, now: number): void {
    const second = Math.floor(now / 1000);
    let sample = this.#seconds.get(second);
    if (sample === undefined) {
      sample = new Sample(performance.now(), this.#maxPerSecond);
      this.#seconds.set(second, sample);
      this.#dropOld();
    }
    sample.add(queueTime);
    this.#saySampling(sample);
  }

  /** Everything that is not too old; the buffer is empty then. */
  take(): Batch {
    this.#dropOld();
    const batch = new Batch(this.#seconds);
    this.#seconds = new Map();
    return batch;
  }

  /** What could not be sent waits for the next time, beside what has come since. */
  putBack(batch: Batch): void {
    const newer = this.#seconds;
    this.#seconds = new Map(batch.samples);
    for (const [second, sample] of newer) {
      const older = this.#seconds.get(second);
      const merged = older ? older.mergedWith(sample) : sample;
      this.#seconds.set(second, merged);
      this.#saySampling(merged);
    }
    this.#dropOld();
  }

  #dropOld(): void {
    // By a clock that nobody sets; a second counts from its end.
    const oldest = performance.now() - (this.#ttl + 1) * 1000;
    // Beyond the count only where the epoch clock jumps about.
    let tooMany = this.#seconds.size - (this.#ttl + 2);
    for (const [second, { since }] of this.#seconds) {
      if (since < oldest || tooMany > 0) {
        this.#seconds.delete(second);
      }
      tooMany -= 1;
    }
  }

  #saySampling({ seen, most }: Sample): void {
    if (seen > most) {
      this.onSampling(most);
    }
  }
}

/** What one POST carries. */
export class Batch {
  constructor(readonly samples: ReadonlyMap<number, Sample>) {}

  get isEmpty(): boolean {
    return this.samples.size === 0;
  }

  /** How many queue times it holds. */
  get size(): number {
    return [...this.samples.values()].reduce((sum, { kept }) => sum + kept.length, 0);
  }

  get bySecond(): QueueTimesBySecond {
    return Object.fromEntries([...this.samples].map(([second, { kept }]) => [second, kept]));
  }
}

/** The queue times of one second, or a uniform sample of them (Vitter's algorithm R). */
class Sample {
  kept: number[] = [];
  seen = 0;

  /**
   * @param since - when its second began, by performance.now()
   * @param most - how many it keeps; never grows, since what has given way does not come back
   */
  constructor(
    readonly since: number,
    public most: number,
  ) {}

  add(value: number): void {
    this.seen += 1;
    if (this.seen <= this.most) {
      this.kept.push(value);
      return;
    }
    const place = Math.floor(Math.random() * this.seen);
    if (place < this.most) {
      this.kept[place] = value;
    }
  }

  shrink(most: number): void {
    this.most = Math.min(this.most, most);
    while (this.kept.length > this.most) {
      takeAny(this.kept);
    }
  }

  /** Each side gives as many as chance would take from all that it has seen. */
  mergedWith(newer: Sample): Sample {
    const merged = new Sample(this.since, Math.min(this.most, newer.most));
    merged.seen = this.seen + newer.seen;
    if (merged.seen <= merged.most) {
      merged.kept = this.kept.concat(newer.kept);
      return merged;
    }
    const [mine, theirs] = [[...this.kept], [...newer.kept]];
    let [mineLeft, theirsLeft] = [this.seen, newer.seen];
    while (merged.kept.length < merged.most) {
      const fromMine = Math.random() * (mineLeft + theirsLeft) < mineLeft;
      merged.kept.push(takeAny(fromMine ? mine : theirs));
      if (fromMine) {
        mineLeft -= 1;
      } else {
        theirsLeft -= 1;
      }
    }
    return merged;
  }
}

/** Takes one out by chance; the order does not matter. */
function takeAny(values: number[]): number {
  const place = Math.floor(Math.random() * values.length);
  const taken = values[place] ?? 0;
  const last = values.pop() ?? 0;
  if (place < values.length) {
    values[place] = last;
  }
  return taken;
}
