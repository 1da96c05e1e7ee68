/** Lets one run at a time. Whoever asks meanwhile shares the one after it, which starts once that has ended. */
export class OneAtATime<T> {
  #current: { readonly startedAt: number; readonly ended: Promise<void> } | undefined;
  #following: Promise<T> | undefined;

  /** @param patience - ms for which a run that does not end keeps others from starting: a lost answer must not end all */
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
    // Async, so that code in JavaScript that answers or throws at once is like any other.
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
