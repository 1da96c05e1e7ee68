import { routerLogLine } from '../hirefire.protocol.js';
import type { QueueTimeCarrier } from './web-requests.js';

/**
 * Writes the lines by which Logplex carries request queue times to HireFire. It writes to stdout instead of the app's logger, because
 * HireFire reads the bare line, and after the current requests.
 */
export class RouterLog implements QueueTimeCarrier {
  #lines: string[] = [];
  /** Unfinished writes of all apps: they share one stdout. */
  static #writing = 0;

  add(queueTime: number): void {
    if (this.#lines.push(`${routerLogLine(queueTime)}\n`) === 1) {
      setImmediate(() => this.#flush());
    }
  }

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

  // An error of a stdout that is closed or full would end the app without a listener, even with a Console.
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
