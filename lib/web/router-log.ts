import { Console } from 'node:console';

/**
 * Writes the lines by which Logplex carries request queue times to HireFire. To stdout itself, whatever logger the app
 * has, since HireFire reads the line as it stands; and after the requests at hand, not in the midst of one.
 */
export class RouterLog {
  // Like the global one, it does not fall over a closed stdout; unlike that, nobody replaces it.
  readonly #console = new Console(process.stdout);
  #lines: string[] = [];

  /** @param queueTime - milliseconds */
  add(queueTime: number): void {
    if (this.#lines.push(`[hirefire:router] queue=${queueTime}ms`) === 1) {
      setImmediate(() => this.flush());
    }
  }

  flush(): void {
    if (this.#lines.length > 0) {
      const text = this.#lines.join('\n');
      this.#lines = [];
      this.#console.log(text);
    }
  }
}
