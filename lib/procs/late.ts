import { hasMethod } from '../hirefire.unknown.js';
import { MeasureFailure } from './measure-failure.js';

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
  if (typeof late !== 'function') {
    return late;
  }
  const connection = late() ?? undefined;
  if (hasMethod(connection, 'then')) {
    // A rejection that no one handles would end the app.
    Promise.resolve(connection).catch(() => undefined);
    throw new MeasureFailure(
      'the function in super() returns a promise: await it where it is made, and return its result',
    );
  }
  return connection;
}
