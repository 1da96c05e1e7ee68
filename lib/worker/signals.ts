/** One end of the process for all its apps, whatever signal comes first. */
import { constants } from 'node:os';

/** An app's part in the end of the process. */
export interface Ending {
  /** Runs once. Never rejects. */
  run(signal: NodeJS.Signals): Promise<void>;
  /** Ends the grace. */
  hurry(): void;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** ms within which a second signal is the first one, passed on: npm does that. */
const SAME_SIGNAL = 1_000;

const endings = new Set<Ending>();
let firstAt: number | undefined;

/** @returns a function that ends it */
export function listenToSignals(ending: Ending): () => void {
  if (endings.size === 0) {
    SIGNALS.forEach((signal) => process.on(signal, onSignal));
  }
  endings.add(ending);
  return () => {
    endings.delete(ending);
    if (endings.size === 0 && firstAt === undefined) {
      SIGNALS.forEach((signal) => process.removeListener(signal, onSignal));
    }
  };
}

function onSignal(signal: NodeJS.Signals): void {
  if (firstAt === undefined) {
    firstAt = performance.now();
    void Promise.all([...endings].map((ending) => ending.run(signal))).then(() => endProcess(signal));
  } else if (performance.now() - firstAt >= SAME_SIGNAL) {
    endings.forEach((ending) => ending.hurry());
  }
}

function endProcess(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Still here: the first process of a container gets no signal that it does not listen to.
  process.exit(128 + constants.signals[signal]);
}
