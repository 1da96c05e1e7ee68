import { propertyOf, safely } from '../hirefire.unknown.js';

/** Marks the class in the CommonJS and the ES module copy of this package. */
const MEASURE_FAILURE = Symbol.for('nestjs-hirefire:measure-failure');

/**
 * A failure that HireFire may see. Throw it from a proc of your own: HireFire's answer then carries its message, on one line of at
 * most 300 characters. For any other error the answer has only the name, the code and "see the app's log".
 *
 * Put nothing secret into the message. The text of another error belongs in `cause`, which only the app's log and
 * {@link HireFireMeasureError.errors} show.
 *
 * @example
 * ```ts
 * throw new MeasureFailure('the billing API did not answer', { cause: error });
 * ```
 *
 * @publicApi
 */
export class MeasureFailure extends Error {
  /** The name of the class, for logs. */
  override readonly name = 'MeasureFailure';
  /** @internal */
  readonly [MEASURE_FAILURE] = true;

  /** @param options - typed here, because `Error` has no `cause` with ES2021, the target of Nest 10's CLI */
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
  }
}

export function isMeasureFailure(error: unknown): error is MeasureFailure {
  return safely(() => propertyOf(error, MEASURE_FAILURE)) === true;
}
