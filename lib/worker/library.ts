import { isObject, propertyOf } from '../hirefire.unknown.js';

/** A worker of a queue library, as a drain sees it: each library has its file. */
export interface DrainableWorker {
  /** The name of its queue, for the log. */
  readonly queue: string;
  /** Resolves once the worker is closed, by anyone. */
  readonly closed: Promise<unknown>;
  /** The ids of the jobs that it runs now, as far as this process knows. */
  running(): readonly string[];
  /** Starts no further job, and lets the running ones go on. Returns at once. */
  stop(): void;
  /** True if no job is left to wait for: all have ended, or have thrown after their signal. */
  isDone(): boolean;
  /** Gives the running jobs their AbortSignal, if the library has one. */
  abort(): void;
  /**
   * Puts every job that the worker still holds back into its queue, and keeps the old runs from changing anything. Asks the broker
   * even if there is none, to know whether the app can close.
   *
   * @returns the ids of those jobs
   * @throws Error with the reason why it can't
   */
  handBack(): Promise<readonly string[]>;
  /** Why handBack() does not settle. */
  readonly whySilent: string;
  /** Lets its close() wait for no job. */
  leave(): void;
}

/** ms after which a worker without a job is done, although its library still waits for its broker. */
export const MAX_FETCH_TIME = 2_000;

/** A promise for old runs: they stop where they next wait for the broker. */
export const NEVER = new Promise<never>(() => undefined);

/** The prototype of a class of a library; `undefined` for what is no class. */
export function prototypeOf(libraryClass: unknown): object | undefined {
  const prototype: unknown = typeof libraryClass === 'function' ? libraryClass.prototype : undefined;
  return isObject(prototype) ? prototype : undefined;
}

/**
 * Lets methods of a library's jobs never settle for some jobs from now on: an old run that calls one stops there.
 *
 * @param jobClass - the class of the jobs
 * @param isGone - whether this applies to a job
 */
export function silence(jobClass: unknown, methods: readonly string[], isGone: (job: object) => boolean): void {
  const prototype = prototypeOf(jobClass);
  for (const name of methods) {
    const method = propertyOf(prototype, name);
    if (prototype && isMethod(method)) {
      Reflect.set(prototype, name, function (this: object, ...args: unknown[]): unknown {
        return isGone(this) ? NEVER : method.apply(this, args);
      });
    }
  }
}

/** A method of a library, of any version. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

export function isMethod(value: unknown): value is Method {
  return typeof value === 'function';
}
