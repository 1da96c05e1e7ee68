/** Ctrl-C and similar signals: the first one asks for an orderly end, the second one ends everything at once. */
import { ancestorsInGroup } from './starter.js';

/** The exit code of a program that Ctrl-C ended, as shells report it. */
export const INTERRUPTED = 130;

/** npm passes on the Ctrl-C that the terminal has already sent to its whole process group, and may be slow. */
const SAME_CTRL_C_MS = 1000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Listens until this process ends. */
export function onInterrupt(first: () => void, second: () => void): void {
  const sameMs = ancestorsInGroup().length > 0 ? SAME_CTRL_C_MS : 0;
  let firstAt: number | undefined;
  let untilNpm: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    clearTimeout(untilNpm);
    if (firstAt === undefined) {
      firstAt = performance.now();
      // The signal that npm passes on would kill a process that is about to end.
      untilNpm = setTimeout(() => undefined, sameMs);
      first();
    } else if (performance.now() - firstAt > sameMs) {
      second();
    }
  };
  /** The terminal or pipe was closed: nothing can be shown any more, but everything still has to end. */
  const onClosed = (): void => {
    if (firstAt === undefined) {
      interrupt();
    }
  };
  SIGNALS.forEach((signal) => process.on(signal, interrupt));
  for (const stream of [process.stdout, process.stderr]) {
    // Replaces the handler of main.ts, which exits.
    stream.removeAllListeners('error');
    stream.on('error', onClosed);
  }
}
