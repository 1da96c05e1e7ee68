/** Everything that depends on the type of a worker's manager, and that only plan needs. */
import type { ManagerOf } from '../hirefire/managers/kinds.js';
import type { Manager, WorkerManager } from '../hirefire/managers/schema.js';
import type { Demand } from './demand.js';
import type { Dynos } from './dynos.js';
import type { Line } from './line.js';
import type { Running } from './running.js';
import { distinct, geometric, inBetween, nextTo } from './steps.js';

/** Seconds that no one waits for a dyno, if nothing else says more. */
const LONG_WAIT = 600;

/** A process in the middle of a replay. */
export interface Replaying {
  readonly line: Line;
  readonly running: Running;
  readonly dynos: Dynos;
}

interface WorkerKind {
  /** The number that the agent would report, protected as by its option `protect`. */
  readonly reported: (process: Replaying, at: number) => number;
  /** The option `protect` of a proc that is protected. */
  readonly protection: string;
  /** True if the schema would take the rule. */
  readonly isValid: boolean;
  /** Each combination of the switches. Protecting needs a manager that would stop a dyno with a job. */
  readonly variants: readonly WorkerManager[];
  /** A coarse grid of rules. */
  readonly grid: (demand: Demand, wait: number) => readonly WorkerManager[];
  /** Rules that differ in one setting by about `factor`. */
  readonly near: (factor: number) => readonly WorkerManager[];
}

type Type = WorkerManager['type'];

const KINDS: { readonly [T in Type]: (manager: ManagerOf<T>) => WorkerKind } = {
  'job-queue-size': (manager) => ({
    reported: ({ line, running, dynos }, at) => {
      const size = line.readyCount(at) + running.size;
      const highest = manager.protect ? dynos.highestRunning() : 0;
      return highest === 0 ? size : Math.max(size, manager.ratio * (highest - 1) + 1);
    },
    protection: `{ ratio: ${manager.ratio} }`,
    isValid: manager.ratio >= 1,
    variants: [
      { ...manager, decrementable: false },
      { ...manager, decrementable: true, protect: false },
      { ...manager, decrementable: true, protect: true },
    ],
    grid: ({ burst }) =>
      distinct([...geometric(1, Math.max(burst, 4 * manager.ratio), 7), manager.ratio]).map((ratio) => ({
        ...manager,
        ratio,
      })),
    near: (factor) => nextTo(manager.ratio, factor).map((ratio) => ({ ...manager, ratio })),
  }),
  'job-queue-latency': (manager) => ({
    reported: ({ line, running }, at) => {
      // The agent reports milliseconds.
      const oldest = line.oldestAt(at);
      const latency = oldest > at ? 0 : Math.max(Math.round((at - oldest) * 1000) / 1000, 0.001);
      return manager.protect && running.size > 0 ? Math.max(latency, manager.minimumLatency) : latency;
    },
    protection: `{ minimumLatency: ${manager.minimumLatency} }`,
    isValid: manager.minimumLatency <= manager.maximumLatency && (manager.minimumLatency > 0 || !manager.protect),
    variants: [false, true].map((protect) => ({ ...manager, protect })),
    grid: (_demand, wait) => {
      const { minimumLatency: low, maximumLatency: high } = manager;
      return distinct([...geometric(1, Math.max(LONG_WAIT, 2 * wait, 2 * high), 5), low, high]).flatMap(
        (maximumLatency) =>
          distinct([1, inBetween(1, maximumLatency), low])
            .filter((minimumLatency) => minimumLatency <= maximumLatency)
            .map((minimumLatency) => ({ ...manager, minimumLatency, maximumLatency })),
      );
    },
    near: (factor) => [
      ...nextTo(manager.minimumLatency, factor).map((minimumLatency) => ({ ...manager, minimumLatency })),
      ...nextTo(manager.maximumLatency, factor).map((maximumLatency) => ({ ...manager, maximumLatency })),
    ],
  }),
};

export function workerKindOf<T extends Type>(manager: ManagerOf<T>): WorkerKind {
  return KINDS[manager.type](manager);
}

export function isForWorkers(manager: Manager): manager is WorkerManager {
  return manager.type in KINDS;
}
