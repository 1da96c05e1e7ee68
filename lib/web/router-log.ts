import { routerLogLine } from '../hirefire.protocol.js';
import type { QueueTimeCarrier } from './queue-time-carriers.js';

/**
 * Writes the lines by which Logplex carries request queue times to HireFire. To stdout itself, whatever logger the app
 * has, since HireFire reads the line as it stands; and after the requests at hand, not in the midst of one.
 */
export class RouterLog implements QueueTimeCarrier {
  #lines: string[] = [];
  /** How many writes have not ended yet, of all apps: there is but one stdout to listen to. */
  static #writing = 0;

  /** @param queueTime - milliseconds */
  add(queueTime: number): void {
    if (this.#lines.push(`${routerLogLine(queueTime)}\n`) === 1) {
      setImmediate(() => this.#flush());
    }
  }

  /** Writes what is left. */
  stop(): void {
    this.#flush();
  }

  #flush(): void {
    if (this.#lines.length > 0) {
      const text = this.#lines.join('');
      this.#lines = [];
      this.#write(text);
    }
  }

  // A stdout that is closed or full must not end the app, as its errors do when nobody listens, even with a Console.
  #write(text: string): void {
    const { stdout } = process;
    if (RouterLog.#writing === 0) {
      stdout.on('error', ignore);
    }
    RouterLog.#writing += 1;
    const end = (): void => {
      RouterLog.#writing -= 1;
      if (RouterLog.#writing === 0) {
        stdout.off('error', ignore);
      }
    };
    try {
      // The error comes after the callback.
      stdout.write(text, () => setImmediate(end));
    } catch {
      end();
    }
  }
}

function ignore(): void {
  // Nothing can be logged.
}
