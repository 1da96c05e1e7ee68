/** Marks a failure whose message this package wrote, whichever copy of it. */
const OURS = Symbol.for('nestjs-hirefire:measure-failure');

/**
 * Why a proc could not be measured, in words of this package: HireFire may be told the message, which must hold nothing that
 * came from anywhere else. What did belongs in `cause`, which only the app's log and its own code are told.
 */
export class MeasureFailure extends Error {
  override readonly name = 'MeasureFailure';
  readonly [OURS] = true;
}

export function isMeasureFailure(error: unknown): error is MeasureFailure {
  try {
    return typeof error === 'object' && error !== null && Reflect.get(error, OURS) === true;
  } catch {
    // A stranger's Proxy.
    return false;
  }
}
