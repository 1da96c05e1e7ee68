/** The error for a user's mistake, and `code` and `message` of any thrown value. */
import { types } from 'node:util';

/** A mistake in the user's input: each line of the message names the option or file and the cure. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Such as `ENOENT`; empty without a code. */
export function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** On one line. */
export function messageOf(error: unknown): string {
  const message = types.isNativeError(error) ? error.message : String(error);
  return message
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}
