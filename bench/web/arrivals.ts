import { setTimeout as sleep } from 'node:timers/promises';

/** An agent sends each second, so what is not here by then does not come. */
const LONGEST_WAIT = 10_000;

/** Counts queue times where they arrive: the proof that an agent measures, and the end of its work. */
export class Arrivals {
  #count = 0;
  #wake: () => void = () => undefined;

  /** @param longestWait - milliseconds */
  constructor(private readonly longestWait = LONGEST_WAIT) {}

  add(count: number): void {
    this.#count += count;
    this.#wake();
  }

  /**
   * Waits for so many, and takes them off the count.
   *
   * @throws Error for more or fewer of them
   */
  async take(expected: number): Promise<void> {
    const timer = new AbortController();
    const deadline = sleep(this.longestWait, 'late', { signal: timer.signal });
    while (this.#count < expected) {
      const more = new Promise<string>((resolve) => {
        this.#wake = () => resolve('more');
      });
      if ((await Promise.race([more, deadline])) === 'late') {
        break;
      }
    }
    timer.abort();
    deadline.catch(() => undefined);
    if (this.#count !== expected) {
      throw new Error(`${this.#count} queue times arrived of ${expected} requests`);
    }
    this.#count = 0;
  }
}
