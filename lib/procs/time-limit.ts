/** A time limit over several awaits. Its timer holds the process, so that whoever awaits is answered. */
export class TimeLimit {
  readonly #expired: Promise<never>;
  #timer: NodeJS.Timeout | undefined;

  /** @param failure - what to reject with, made when the time is over */
  constructor(ms: number, failure: () => Error) {
    this.#expired = new Promise((_, reject) => {
      this.#timer = setTimeout(() => reject(failure()), ms);
    });
    // Between two awaits nobody listens; the next one still rejects.
    this.#expired.catch(() => undefined);
  }

  /** What the work settles with, unless the time is over before. */
  of<T>(work: Promise<T>): Promise<T> {
    return Promise.race([this.#expired, work]);
  }

  clear(): void {
    clearTimeout(this.#timer);
  }
}
