/** The state of the app's connection: never made, lost, silent, its last error, its commands in flight. */
import { MeasureFailure } from './measure-failure.js';
import type { Causes } from './network-causes.js';

/** ms without an answer after which a command is no longer waited for. */
export const MAX_SILENCE = 30_000;

/** ms overdue after which a command is lost with its connection, as after a failover that the driver did not notice. */
const MAX_OVERDUE = 5 * 60_000;

/** ms for which a lost connection is waited for, if nothing but its close was reported: clients make another by themselves. */
const MAX_RECONNECT = 3_000;

/** How many commands may be under way while one is overdue: the connections of a pool are the app's. */
const MAX_UNANSWERED = 3;

interface Command {
  readonly sentAt: number;
  /** When its caller gives up. */
  readonly deadline: number;
  readonly settled: Promise<void>;
  readonly lose: (error: Error) => void;
}

/** The commands that were sent over a connection and have no answer yet, the oldest first. */
export class InFlight {
  readonly #commands = new Set<Command>();
  #sentAt = -Infinity;
  #answeredAt = -Infinity;

  get size(): number {
    return this.#commands.size;
  }

  /** ms for which the oldest command has waited and none was answered: one node of a Cluster can be silent alone. */
  get silence(): number {
    const [oldest] = this.#commands;
    return oldest ? performance.now() - Math.max(oldest.sentAt, this.#answeredAt) : 0;
  }

  /** True if a caller has given up on a command, and it is not the time to try another connection of the pool. */
  get isStuck(): boolean {
    const now = performance.now();
    const lost = [...this.#commands].filter(({ deadline }) => now - deadline > MAX_OVERDUE);
    lost.forEach((command) => this.#commands.delete(command));
    const isOverdue = [...this.#commands].some(({ deadline }) => deadline <= now);
    return isOverdue && (now - this.#sentAt < MAX_SILENCE || this.size >= MAX_UNANSWERED);
  }

  /** Resolves as soon as one of them is settled. */
  get next(): Promise<void> {
    return Promise.race([...this.#commands].map(({ settled }) => settled));
  }

  /** @param deadline - of `performance.now()` */
  send<T>(command: () => Promise<T>, deadline = Infinity): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#sentAt = performance.now();
      // Async, because a client may throw at once.
      const settled = (async () => command())()
        .then((answer) => {
          this.#answeredAt = performance.now();
          resolve(answer);
        }, reject)
        .finally(() => this.#commands.delete(sent));
      const sent: Command = { sentAt: this.#sentAt, deadline, settled, lose: reject };
      this.#commands.add(sent);
    });
  }

  /** Rejects all of them, because their connection was lost. */
  lose(error: Error): void {
    const lost = [...this.#commands];
    this.#commands.clear();
    lost.forEach(({ lose }) => lose(error));
  }
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Never asks a server that is known to be away: client libraries keep commands while they are offline, so commands would pile up
 * and settle long after their callers gave up.
 */
export class Connection {
  readonly #inFlight = new InFlight();
  /** The callers that wait for the connection, the oldest first, and since when. */
  readonly #waiting = new Map<Waiting, number>();
  #hasEnded = false;
  #lastError: unknown;
  /** True if there was an error since the connection was made. */
  #hasFailed = false;
  /** When it was closed, and what its commands in flight were rejected with. */
  #loss: { readonly at: number; readonly failure: MeasureFailure } | undefined;

  /**
   * @param broker - as in "the connection to Redis is down"
   * @param isOpen - whether a command can be sent now
   * @param cure - follows "is down" once the client does not connect again by itself
   */
  constructor(
    private readonly broker: string,
    private readonly causes: Causes,
    private readonly isOpen: () => boolean,
    private wasMade: boolean,
    private readonly cure = '',
  ) {}

  /** True if a command can be sent now, and none waits for an answer. */
  get isIdle(): boolean {
    return this.isOpen() && this.#inFlight.size === 0;
  }

  /** Why a caller waits for the connection; `undefined` if none does. */
  get whyWaiting(): MeasureFailure | undefined {
    return this.#waiting.size === 0 ? undefined : this.down();
  }

  /** The connection is there. */
  made(): void {
    this.wasMade = true;
    this.#hasEnded = false;
    this.#hasFailed = false;
    this.#loss = undefined;
    this.#settleWaiting(({ resolve }) => resolve());
  }

  /** The connection could not be made, or has a fault. */
  failed(error: unknown): void {
    // A Cluster reports what is wrong with its nodes, and of itself only that none could be asked.
    if (this.causes.isKnown(error) || !this.causes.isKnown(this.#lastError)) {
      this.#lastError = error;
    }
    this.#hasFailed = true;
    if (this.causes.isLasting(error) || (this.#loss && !this.isOpen())) {
      this.#settleWaiting(({ reject }) => reject(this.down()));
    }
  }

  /**
   * @param hasEnded - the client will not connect again by itself
   * @param byError - it reported more than the close
   */
  lost(hasEnded = false, byError = false): void {
    this.#hasEnded = hasEnded;
    this.#hasFailed ||= byError;
    const failure = this.down();
    if (this.wasMade) {
      // A client may report a loss more than once.
      this.#loss ??= { at: performance.now(), failure };
    }
    this.#inFlight.lose(failure);
    if (hasEnded) {
      this.#settleWaiting(({ reject }) => reject(this.down()));
    }
  }

  /**
   * Sends a command, and once more if the connection was lost meanwhile and is back soon: it only reads. Waits for a connection that
   * was never made, unless the server refuses it, and a moment for one that was lost. Rejects at once if it has been silent for long.
   */
  async send<T>(command: () => Promise<T>): Promise<T> {
    try {
      return await this.#sendOnce(command);
    } catch (error) {
      if (error !== this.#loss?.failure) {
        throw error;
      }
      return this.#sendOnce(command);
    }
  }

  async ready(): Promise<void> {
    if (this.isOpen()) {
      return;
    }
    const patience = this.#patience;
    if (patience <= 0 || this.#hasEnded || this.causes.isLasting(this.#lastError)) {
      throw this.down();
    }
    for (const [waiting, since] of this.#waiting) {
      // Its caller has had a time-out long ago.
      if (performance.now() - since > MAX_SILENCE) {
        this.#waiting.delete(waiting);
        waiting.reject(this.down());
      }
    }
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve, reject) => {
      const waiting = { resolve, reject };
      this.#waiting.set(waiting, performance.now());
      if (patience < Infinity) {
        timer = setTimeout(() => {
          this.#waiting.delete(waiting);
          reject(this.down());
        }, patience).unref();
      }
    }).finally(() => clearTimeout(timer));
  }

  down(): MeasureFailure {
    return this.causes.failure(
      `the connection to ${this.broker} is down${this.#hasEnded ? this.cure : ''}`,
      this.#lastError,
    );
  }

  /** ms for which a caller may wait for the connection. */
  get #patience(): number {
    if (!this.wasMade) {
      return Infinity;
    }
    return this.#loss && !this.#hasFailed ? this.#loss.at + MAX_RECONNECT - performance.now() : 0;
  }

  async #sendOnce<T>(command: () => Promise<T>): Promise<T> {
    await this.ready();
    if (this.#inFlight.silence > MAX_SILENCE) {
      throw new MeasureFailure(`${this.broker} has not answered for over ${MAX_SILENCE / 1000} s`);
    }
    const answer = await this.#inFlight.send(command);
    // Not when it is made: ioredis reports a refused login first, and then that it is ready.
    this.#lastError = undefined;
    this.#hasFailed = false;
    return answer;
  }

  #settleWaiting(settle: (one: Waiting) => void): void {
    const waiting = [...this.#waiting.keys()];
    this.#waiting.clear();
    waiting.forEach(settle);
  }
}
