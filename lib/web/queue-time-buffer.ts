/** The most queue times to keep for a whole `ttl`: 2.2 MB at 8 bytes each, with room for arrays to grow. */
export const MAX_QUEUE_TIMES = 240_000;

/**
 * Keeps request queue times until they are sent. Bounded in time: it drops those older than `ttl`. Bounded in count: a second with
 * more than its share of {@link MAX_QUEUE_TIMES} keeps a uniform sample.
 */
export class QueueTimeBuffer {
  /** The oldest first. */
  #seconds = new Map<number, Sample>();
  #ttl = 0;
  #maxPerSecond = 0;

  /**
   * @param ttl - seconds
   * @param onSampling - called for each queue time that is left out or replaces another
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
      this.#reportSampling(sample);
    }
  }

  get isEmpty(): boolean {
    return this.#seconds.size === 0;
  }

  /** The queue time and the epoch time are in milliseconds. */
  add(queueTime: number, now: number): void {
    const second = Math.floor(now / 1000);
    let sample = this.#seconds.get(second);
    if (sample === undefined) {
      sample = new Sample(performance.now(), this.#maxPerSecond);
      this.#seconds.set(second, sample);
      this.#dropOld();
    }
    sample.add(queueTime);
    this.#reportSampling(sample);
  }

  /** Takes everything that is not too old out of the buffer. */
  take(): Batch {
    this.#dropOld();
    const batch = new Batch(this.#seconds);
    this.#seconds = new Map();
    return batch;
  }

  /** Merges a batch that could not be sent with what has come since. */
  putBack(batch: Batch): void {
    const newer = this.#seconds;
    this.#seconds = new Map(batch.samples);
    for (const [second, sample] of newer) {
      const older = this.#seconds.get(second);
      const merged = older ? older.mergedWith(sample) : sample;
      this.#seconds.set(second, merged);
      this.#reportSampling(merged);
    }
    this.#dropOld();
  }

  #dropOld(): void {
    // By the monotonic clock; a second's age counts from its end.
    const oldest = performance.now() - (this.#ttl + 1) * 1000;
    // More seconds than this exist only if the epoch clock jumps.
    let tooMany = this.#seconds.size - (this.#ttl + 2);
    for (const [second, { since }] of this.#seconds) {
      if (since < oldest || tooMany > 0) {
        this.#seconds.delete(second);
      }
      tooMany -= 1;
    }
  }

  #reportSampling({ seen, most }: Sample): void {
    if (seen > most) {
      this.onSampling(most);
    }
  }
}

/** The queue times of one POST. */
export class Batch {
  constructor(readonly samples: ReadonlyMap<number, Sample>) {}

  get isEmpty(): boolean {
    return this.samples.size === 0;
  }

  get size(): number {
    return [...this.samples.values()].reduce((sum, { kept }) => sum + kept.length, 0);
  }

  /** Queue times in milliseconds by the epoch second in which they were measured. */
  get bySecond(): Readonly<Record<string, readonly number[]>> {
    return Object.fromEntries([...this.samples].map(([second, { kept }]) => [second, kept]));
  }
}

/** The queue times of one second, or a uniform sample of them (Vitter's algorithm R). */
class Sample {
  kept: number[] = [];
  seen = 0;

  /**
   * @param since - when its second began, by performance.now()
   * @param most - how many to keep; never grows, because replaced ones do not come back
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

  /** Takes from each side as many as a random choice among all that both have seen would. */
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

/** Removes a random value, without keeping the order. */
function takeAny(values: number[]): number {
  const place = Math.floor(Math.random() * values.length);
  const taken = values[place] ?? 0;
  const last = values.pop() ?? 0;
  if (place < values.length) {
    values[place] = last;
  }
  return taken;
}
