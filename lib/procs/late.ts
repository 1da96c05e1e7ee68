/**
 * A connection or a client of the app, or a function that returns it: for one that is made after the proc, or replaced later.
 *
 * @example
 * ```ts
 * const redis: Late<Redis> = () => service.redis;
 * ```
 *
 * @publicApi
 */
export type Late<T> = T | (() => T | null | undefined);

/** The connection as it is now; `undefined` while there is none. */
export function current<T extends object>(late: Late<T>): T | undefined {
  return (typeof late === 'function' ? late() : late) ?? undefined;
}
