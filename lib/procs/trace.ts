import type { ProcTrace, Trace } from '../hirefire.protocol.js';

/**
 * The trace: times that jobs became ready and that their runs took, over all queues of all procs. All times of a history are in
 * epoch ms.
 */

/** One run of a job, from its start to its end: a retry is another run. */
export interface Run {
  /** -Infinity if it was before the history. */
  readonly ready: number;
  /** -Infinity if it was before the history. */
  readonly started: number;
  /** Infinity while it runs. */
  readonly ended: number;
  /** True if the history has all three times. */
  readonly isWhole: boolean;
}

/** Jobs that were in line from one time to another, and were not started then. */
export interface Wait {
  readonly ready: number;
  /** Infinity while they wait. */
  readonly left: number;
  readonly jobs: number;
}

/** The past of one queue, as its broker has kept it. */
export interface QueueHistory {
  /** The broker's clock. */
  readonly now: number;
  /** The first event; `undefined` if there is none. */
  readonly first: number | undefined;
  /** True if there were events before the first. */
  readonly isCut: boolean;
  readonly runs: readonly Run[];
  readonly waits: readonly Wait[];
}

// The CommonJS and the ESM copy of this package must understand each other's procs.
export const HISTORY = Symbol.for('nestjs-hirefire:history');

export interface KeepsHistory {
  /** One per queue; `null` if the broker keeps none. */
  [HISTORY](): Promise<readonly QueueHistory[] | null>;
}

export function keepsHistory(proc: unknown): proc is KeepsHistory {
  return typeof proc === 'object' && proc !== null && HISTORY in proc;
}

/** By the names of the procs; `null` for one whose backend keeps no history. */
export type Histories = ReadonlyMap<string, readonly QueueHistory[] | null>;

export function traceOf(histories: Histories): Trace {
  const all = [...histories.values()].flatMap((queues) => queues ?? []);
  const now = Math.max(...all.map((queue) => queue.now));
  const end = Number.isFinite(now) ? now : Date.now();
  const start = startOf(all) ?? end;
  return {
    version: 1,
    startedAt: new Date(start).toISOString(),
    seconds: Math.max(end - start, 0) / 1000,
    processes: Object.fromEntries([...histories].map(([name, queues]) => [name, queues && procTrace(queues, start)])),
  };
}

/** From here on every queue's history is complete. */
function startOf(histories: readonly QueueHistory[]): number | undefined {
  const firsts = ({ first }: QueueHistory): number[] => (first === undefined ? [] : [first]);
  const cuts = histories.filter(({ isCut }) => isCut).flatMap(firsts);
  const starts = cuts.length > 0 ? [Math.max(...cuts)] : histories.flatMap(firsts);
  return starts.length > 0 ? starts.reduce((a, b) => Math.min(a, b)) : undefined;
}

function procTrace(queues: readonly QueueHistory[], start: number): ProcTrace {
  const runs = queues.flatMap((queue) => queue.runs);
  // A run that was under way at the start is known in part.
  const ended = runs.filter((run) => run.ended >= start && run.ended < Infinity);
  const listed = ended.filter((run) => run.isWhole && run.started >= start);
  const inLine = runs.filter((run) => run.ready < start && run.started >= start).length;
  const waits = queues.flatMap((queue) => queue.waits).filter(({ ready, left }) => ready < start && left >= start);
  return {
    jobs: listed
      .sort((a, b) => a.ready - b.ready || a.ended - b.ended)
      .map((run) => [(run.ready - start) / 1000, (run.ended - run.started) / 1000] as const),
    waiting: waits.reduce((sum, { jobs }) => sum + jobs, inLine),
    dropped: ended.length - listed.length,
  };
}
