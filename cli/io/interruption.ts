/** Ctrl-C and similar signals: the first one asks for an orderly end, the second one ends everything at once. */

/** The exit code of a program that Ctrl-C ended, as shells report it. */
export const INTERRUPTED = 130;

/** npm and the terminal may both pass on the same Ctrl-C. */
const SAME_CTRL_C_MS = 250;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns a function that stops listening */
export function onInterrupt(first: () => void, second: () => void): () => void {
  let firstAt: number | undefined;
  const interrupt = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first();
    } else if (performance.now() - firstAt > SAME_CTRL_C_MS) {
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
  return () => SIGNALS.forEach((signal) => process.off(signal, interrupt));
}
