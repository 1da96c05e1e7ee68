/** Ctrl-C, and its relatives: the first one ends the run, the second one ends everything at once. */

/** npm and the terminal may both hand on one and the same Ctrl-C. */
const SAME_CTRL_C_MS = 250;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** @returns what lets the signals go */
export function onInterrupt({
  first,
  second,
}: {
  readonly first: () => void;
  readonly second: () => void;
}): () => void {
  let firstAt: number | undefined;
  const interrupt = (): void => {
    if (firstAt === undefined) {
      firstAt = performance.now();
      first();
    } else if (performance.now() - firstAt > SAME_CTRL_C_MS) {
      second();
    }
  };
  /** A closed terminal or pipe: nothing can be shown any more, but everything still has to end. */
  const onClosed = (): void => {
    if (firstAt === undefined) {
      interrupt();
    }
  };
  SIGNALS.forEach((signal) => process.on(signal, interrupt));
  for (const stream of [process.stdout, process.stderr]) {
    // Instead of what other commands do, which is to exit.
    stream.removeAllListeners('error');
    stream.on('error', onClosed);
  }
  return () => SIGNALS.forEach((signal) => process.off(signal, interrupt));
}
