/** Procs that take queues by name: their library finds the queues among the providers of the app. */
import type { QueueDescription } from './backend.js';

export interface AppProvider {
  readonly token: unknown;
  readonly instance: unknown;
  /** False while a module is loading. */
  readonly isConstructed: boolean;
}

interface HasQueues {
  queues: readonly unknown[];
}

export interface QueuesByName {
  readonly library: string;
  /**
   * Finds the queues that the proc names, again at each call: a module that is loaded later can bring another one of the name.
   *
   * @param proc - gets them
   * @param providers - all of the app; called only for a proc that has names
   * @throws HireFireConfigError for a name that no queue has, or more than one
   */
  readonly find: (proc: HasQueues, providers: () => readonly AppProvider[]) => void;
  /**
   * Describes a queue that the library can read; `undefined` for anything else. The place is equal for all objects of one queue, and
   * for no other queue of any library.
   */
  readonly placed: (value: unknown) => (QueueDescription & { readonly place: unknown }) | undefined;
}

// The CommonJS and the ESM copy of this package must understand each other's procs.
export const QUEUES_BY_NAME = Symbol.for('nestjs-hirefire:queues-by-name');

/** True if a proc takes queues by name; its class has the symbol too. */
export function takesNames(proc: unknown): proc is HasQueues & { readonly [QUEUES_BY_NAME]: QueuesByName } {
  return typeof proc === 'object' && proc !== null && QUEUES_BY_NAME in proc;
}
