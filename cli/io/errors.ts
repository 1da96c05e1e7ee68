/** What errors of Node and of libraries say. */
import { types } from 'node:util';

/** Such as `ENOENT`; empty where there is none. */
export function codeOf(error: unknown): string {
  return types.isNativeError(error) && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** In one line. */
export function messageOf(error: unknown): string {
  return (types.isNativeError(error) ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
}
