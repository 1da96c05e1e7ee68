/** Sends requests to the router at a steady rate, as users would, to watch the app scale. */
import { Agent, request } from 'node:http';
import { UsageError } from '../io/errors.js';

const MAX_LOAD_PER_SECOND = 200;
/** Requests that wait for their answers at once; those above are left out. */
export const MAX_OPEN_REQUESTS = 500;
const TICK_MS = 20;
const PATH = /^\/[\x21-\x7e]{0,1999}$/;

/** The load since it was last set. */
export interface LoadNow {
  readonly path: string;
  readonly perSecond: number;
  readonly sent: number;
  /** Without an answer, or with a status of 500 or more. */
  readonly failed: number;
  /** The answers with each status of 400 or more. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Not sent, because too many were open. */
  readonly leftOut: number;
}

export class Load {
  readonly #agent = new Agent({ keepAlive: true });
  #timer: NodeJS.Timeout | undefined;
  #since = 0;
  #open = 0;
  #now: LoadNow = { path: '/', perSecond: 0, sent: 0, failed: 0, statuses: {}, leftOut: 0 };

  /** @param port - of the router, on 127.0.0.1 */
  constructor(private readonly port: () => number) {}

  get now(): LoadNow {
    return this.#now;
  }

  /**
   * @param path - with its query
   * @param perSecond - 0: none
   * @throws UsageError
   */
  set(path: string, perSecond: number): void {
    if (!PATH.test(path)) {
      throw new UsageError('Use a path of the app that begins with /, such as /search?q=1, without spaces.');
    }
    if (!Number.isInteger(perSecond) || perSecond < 0 || perSecond > MAX_LOAD_PER_SECOND) {
      throw new UsageError(`Use a whole number of requests a second, 0 to ${MAX_LOAD_PER_SECOND}.`);
    }
    this.stop();
    this.#now = { path, perSecond, sent: 0, failed: 0, statuses: {}, leftOut: 0 };
    this.#since = performance.now();
    if (perSecond > 0) {
      this.#timer = setInterval(() => this.#tick(), TICK_MS);
    }
  }

  /** Sends no more; open requests still get their answers. */
  stop(): void {
    clearInterval(this.#timer);
    this.#now = { ...this.#now, perSecond: 0 };
  }

  /** Also ends the open requests. */
  close(): void {
    this.stop();
    this.#agent.destroy();
  }

  #tick(): void {
    const { perSecond, sent, leftOut } = this.#now;
    const due = Math.floor(((performance.now() - this.#since) / 1000) * perSecond) - sent - leftOut;
    const fits = Math.min(due, MAX_OPEN_REQUESTS - this.#open);
    this.#now = { ...this.#now, sent: sent + fits, leftOut: leftOut + due - fits };
    for (let missing = fits; missing > 0; missing--) {
      this.#send(this.#now);
    }
  }

  #send({ path }: LoadNow): void {
    this.#open++;
    const sent = request({ host: '127.0.0.1', port: this.port(), path, agent: this.#agent });
    let [hasFailed, status] = [true, 0];
    sent.on('response', (response) => {
      status = response.statusCode ?? 0;
      hasFailed = status >= 500;
      response.on('error', () => (hasFailed = true));
      response.resume();
    });
    sent.on('error', () => undefined);
    sent.on('close', () => {
      this.#open--;
      this.#count(status, hasFailed);
    });
    sent.end();
  }

  #count(status: number, hasFailed: boolean): void {
    const { failed, statuses } = this.#now;
    this.#now = {
      ...this.#now,
      failed: failed + (hasFailed ? 1 : 0),
      statuses: status < 400 ? statuses : { ...statuses, [status]: (statuses[status] ?? 0) + 1 },
    };
  }
}
