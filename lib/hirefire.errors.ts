import type { ProcFailure } from './hirefire.protocol.js';

/**
 * A mistake in the app's set-up; the app does not start. The message names the class or option at fault and the cure.
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

  /** The process at fault, if the error is about one. */
  declare readonly procName?: string;

  /** @param message - names what is wrong, and the cure */
  constructor(message: string, procName?: string) {
    super(message);
    if (procName !== undefined) {
      this.procName = procName;
    }
  }
}

/**
 * Procs could not be measured. The endpoint then answers 503, and HireFire leaves the dynos as they are.
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
   * One entry per failed proc, sorted by name, with the whole message and its causes: for the app only. The app's token and the
   * credentials of URLs are taken out.
   */
  readonly errors: readonly ProcFailure[];

  /** @internal */
  readonly wireErrors: readonly ProcFailure[];

  /** @param wireErrors - the errors with messages that HireFire may see */
  constructor(
    errors: readonly ProcFailure[],
    wireErrors: readonly ProcFailure[] = errors.map(({ name }) => ({ name, message: "see the app's log" })),
  ) {
    super(`HireFire: could not measure ${errors.map(({ name, message }) => `"${name}" (${message})`).join(', ')}`);
    this.errors = errors;
    this.wireErrors = wireErrors;
  }
}
