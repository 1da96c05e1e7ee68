/** Ctrl-C: the first one asks for an orderly end, the second one ends the process at once. */

const INTERRUPTED = 130;

/**
 * @param beforeExit - what has to be put right even when the process ends at once, such as the terminal
 * @returns a signal that Ctrl-C or SIGTERM aborts, and what gives both back
 */
export function stopSignal(beforeExit: () => void = () => undefined): { signal: AbortSignal; release: () => void } {
  const controller = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) {
      beforeExit();
      process.exit(INTERRUPTED);
    }
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, release: () => void process.off('SIGINT', stop).off('SIGTERM', stop) };
}
