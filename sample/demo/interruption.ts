/** Ends a run early: on Ctrl-C, when asked to terminate, when nobody is left to watch, or when it can't go on. */
import { constants } from 'node:os';

/** Both npm and the terminal may hand on one and the same Ctrl-C. */
const SAME_CTRL_C_MS = 1_000;

export class Interrupted extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(`interrupted by ${signal}`);
  }

  /** What a shell says of a program that a signal has ended. */
  get exitCode(): number {
    return 128 + constants.signals[this.signal];
  }
}

/** What every step of a run is bound to. */
export class Lifeline {
  readonly #controller = new AbortController();
  readonly #cut: Promise<never>;
  #reason: Error | undefined;

  constructor() {
    this.#cut = new Promise((_, reject) => {
      this.signal.addEventListener('abort', () => reject(this.#reason ?? new Error('cut')));
    });
    // Nobody may be waiting when it happens.
    this.#cut.catch(() => undefined);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get isInterrupted(): boolean {
    return this.#reason instanceof Interrupted;
  }

  cut(reason: Error): void {
    this.#reason ??= reason;
    this.#controller.abort(reason);
  }

  /** What the promise gives; rejects with the reason as soon as the line is cut. */
  async hold<T>(promise: Promise<T>): Promise<T> {
    const value = await Promise.race([this.#cut, promise]);
    this.signal.throwIfAborted();
    return value;
  }
}

/** @param onImpatience - called when asked again, while everything is being ended */
export function cutWhenInterrupted(line: Lifeline, onImpatience: () => void): void {
  let interruptedAt: number | undefined;
  const interrupt = (signal: Interrupted['signal']): void => {
    if (interruptedAt === undefined) {
      interruptedAt = Date.now();
      line.cut(new Interrupted(signal));
    } else if (Date.now() - interruptedAt > SAME_CTRL_C_MS) {
      onImpatience();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupt(signal));
  }
  // A closed terminal or pipe: nothing can be shown any more.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', () => interrupt('SIGHUP'));
  }
  // npm may be killed in a way that it can't hand on.
  if (process.env.npm_lifecycle_event === 'demo') {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && interrupt('SIGHUP'), 500).unref();
  }
}
