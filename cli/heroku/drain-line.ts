/** The lines of a worker with `drainOnShutdown()` that say what becomes of its jobs. */
import { DRAINING, HANDED_BACK } from '../../lib/hirefire.protocol.js';

export type DrainLine =
  | { readonly kind: 'draining'; /** That run. */ readonly jobs: number }
  | { readonly kind: 'drained'; /** That neither ended nor were handed back. */ readonly lost: number };

export function drainLineOf(line: string): DrainLine | undefined {
  if (line.includes(DRAINING)) {
    return { kind: 'draining', jobs: countAfter(DRAINING, line) };
  }
  return line.includes(` ended, `) && line.includes(HANDED_BACK)
    ? { kind: 'drained', lost: countAfter(HANDED_BACK, line) }
    : undefined;
}

function countAfter(text: string, line: string): number {
  return Number(/^ (\d+) /.exec(line.slice(line.lastIndexOf(text) + text.length))?.[1] ?? 0);
}
