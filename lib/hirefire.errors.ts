import type { ProcFailure } from './hirefire.protocol.js';

/**
 * The app is set up in a way that cannot work, so it does not start. The message names the class or option at fault and the
 * cure.
 *
 * @example
 * ```ts
 * try {
 *   await NestFactory.create(AppModule, { abortOnError: false });
 * } catch (error) {
 *   if (error instanceof HireFireConfigError) {
 *     console.error(error.procName, error.message);
 *   }
 * }
 * ```
 *
 * @publicApi
 */
export class HireFireConfigError extends Error {
  /** The name of the class, for logs. */
  override readonly name = 'HireFireConfigError';

  /** The process that it is about, when it is about one. */
  declare readonly procName?: string;

  /**
   * @param message - what is wrong, and the cure
   * @param procName - the process that it is about, when it is about one
   */
  constructor(message: string, procName?: string) {
    super(message);
    if (procName !== undefined) {
      this.procName = procName;
    }
  }
}

/**
 * Procs could not be measured: HireFire is answered 503, and leaves the dynos as they are.
 *
 * @example
 * ```ts
 * hireFireService.measure().catch((error: unknown) => {
 *   if (error instanceof HireFireMeasureError) {
 *     error.errors.forEach(({ name, message }) => console.error(name, message));
 *   }
 * });
 * ```
 *
 * @publicApi
 */
export class HireFireMeasureError extends Error {
  /** The name of the class, for logs. */
  override readonly name = 'HireFireMeasureError';

  /**
   * One entry per proc that failed, sorted by name, with the whole message of what went wrong: for the app's own eyes. Only the
   * app's token and the credentials of URLs are taken out of it.
   */
  readonly errors: readonly ProcFailure[];

  /** @internal */
  readonly told: readonly ProcFailure[];

  /**
   * @param errors - one entry per proc that failed
   * @param told - the same in words that HireFire may be told
   */
  constructor(
    errors: readonly ProcFailure[],
    told: readonly ProcFailure[] = errors.map(({ name }) => ({ name, message: "see the app's log" })),
  ) {
    super(`HireFire: could not measure ${errors.map(({ name, message }) => `"${name}" (${message})`).join(', ')}`);
    this.errors = errors;
    this.told = told;
  }
}
