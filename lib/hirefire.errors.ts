import type { ProcFailure } from './hirefire.protocol.js';

/**
 * The app is set up in a way that cannot work. The message names the class or option at fault and the cure.
 *
 * @publicApi
 */
export class HireFireConfigError extends Error {
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
 * @publicApi
 */
export class HireFireMeasureError extends Error {
  override readonly name = 'HireFireMeasureError';

  /** One entry per proc that failed, sorted by name. Messages carry no credentials, no token and no stack. */
  readonly errors: readonly ProcFailure[];

  constructor(errors: readonly ProcFailure[]) {
    super(`HireFire: could not measure ${errors.map(({ name, message }) => `"${name}" (${message})`).join(', ')}`);
    this.errors = errors;
  }
}
