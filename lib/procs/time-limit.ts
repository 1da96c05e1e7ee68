/** A time limit over several awaits. Its timer keeps the process alive until the caller is answered. */
export class TimeLimit {
  readonly #expired: Promise<never>;
  #timer: NodeJS.Timeout | undefined;

  /** @param failure - makes the error, once the time is over */
  constructor(ms: number, failure: () => Error) {
    this.#expired = new Promise((_, reject) => {
      this.#timer = setTimeout(() => reject(failure()), ms);
    });
    // Between two awaits no one listens; the next one still rejects.
    this.#expired.catch(() => undefined);
  }

  /** Settles with the work, or rejects when the time is over. */
  of<T>(work: Promise<T>): Promise<T> {
    return Promise.race([this.#expired, work]);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
