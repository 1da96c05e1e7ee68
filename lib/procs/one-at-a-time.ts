/** Lets one run at a time. Callers in the meantime share the next one, which starts once the current one has ended. */
export class OneAtATime<T> {
  #current: { readonly startedAt: number; readonly ended: Promise<void> } | undefined;
  #following: Promise<T> | undefined;

  /** @param patience - ms after which the next run starts although one has not ended: a lost answer must not stop everything */
  constructor(
    private readonly run: () => T | Promise<T>,
    private readonly patience: number,
  ) {}

  next(): Promise<T> {
    const current = this.#current;
    if (!current || performance.now() - current.startedAt >= this.patience) {
      return this.#start();
    }
    this.#following ??= current.ended.then(() => this.next());
    return this.#following;
  }

  #start(): Promise<T> {
    // Async, because a user's code may answer or throw at once.
    const running = (async () => this.run())();
    const settled = (): void => {
      if (this.#current === current) {
        this.#current = undefined;
      }
    };
    const current = { startedAt: performance.now(), ended: running.then(settled, settled) };
    this.#current = current;
    this.#following = undefined;
    return running;
  }
}
