import { hostname } from 'node:os';
import { checked, refuse, shown, type Check } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { isArray, isObject } from '../hirefire.unknown.js';

/**
 * Options of {@link drainOnShutdown}.
 *
 * @example
 * ```ts
 * drainOnShutdown(app, { grace: 10, workers: [new Worker('mail', send, { connection })] });
 * ```
 *
 * @publicApi
 */
export interface DrainOptions {
  /**
   * Seconds that running jobs may take after the signal. Heroku kills a dyno 30 seconds after it; keep 6 of them for the rest.
   *
   * @default 24
   */
  grace?: number | undefined;

  /**
   * The name that workers of BullMQ write to the jobs they run. A name that the app gave a worker wins.
   *
   * @default process.env.DYNO, else the host name
   */
  name?: string | undefined;

  /**
   * Workers that the app makes by hand: BullMQ's `Worker`, Bull's `Queue`. Those of `@nestjs/bullmq` and `@nestjs/bull` are found.
   *
   * @default []
   */
  workers?: readonly object[] | undefined;
}

/** Options with every default filled in. */
export type ResolvedDrainOptions = ReturnType<typeof resolveDrainOptions>;

/** setTimeout() fires at once for longer ones. */
const MAX_SECONDS = 2_000_000;

const grace: Check<number> = (given = 24) =>
  typeof given === 'number' && given >= 0 && given <= MAX_SECONDS
    ? given
    : refuse(`a number of seconds from 0 to ${MAX_SECONDS}`, given);

const workers: Check<readonly object[]> = (given = []) =>
  isArray(given) && given.every(isObject) ? given : refuse('a list of workers, such as [worker]', given);

/** @throws HireFireConfigError naming the option and the cure */
export function resolveDrainOptions(options: unknown, env: Readonly<Record<string, string | undefined>>) {
  if (!isObject(options)) {
    throw new HireFireConfigError(
      `drainOnShutdown: the options must be an object, such as { grace: 20 }, but they are ${shown(options)}.`,
    );
  }
  const dyno = env.DYNO?.trim() ?? '';
  const name: Check<string> = (given = dyno === '' ? hostname() : dyno) =>
    typeof given === 'string' && given.trim() !== '' ? given : refuse(`a name, such as 'worker.1'`, given);
  return checked({ grace, name, workers }, options, { owner: 'drainOnShutdown' });
}
