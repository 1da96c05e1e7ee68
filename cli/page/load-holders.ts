/** The pages that have set the load: it ends when the last of them closes. */
import { UsageError } from '../io/errors.js';
import type { LoadControl } from '../run/run-state.js';

export class LoadHolders {
  readonly #pages = new Set<string>();
  readonly #holders = new Set<string>();

  constructor(private readonly load: LoadControl | undefined) {}

  opened(page: string): void {
    this.#pages.add(page);
  }

  closed(page: string): void {
    this.#pages.delete(page);
    if (this.load && this.#holders.delete(page) && this.#holders.size === 0) {
      this.load.set(this.load.now().path, 0);
    }
  }

  /** @throws UsageError */
  set(page: unknown, path: unknown, perSecond: unknown): void {
    if (!this.load) {
      throw new UsageError('Nothing is started here: there is no router to send requests through.');
    }
    if (typeof page !== 'string' || !this.#pages.has(page)) {
      throw new UsageError('Open the page again: the load ends when it closes.');
    }
    this.load.set(String(path), typeof perSecond === 'number' ? perSecond : NaN);
    if (perSecond === 0) {
      this.#holders.clear();
    } else {
      this.#holders.add(page);
    }
  }
}
