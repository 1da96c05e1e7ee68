/** Makes one trace of several of one app. */
import type { WorkloadJob } from '../../plan/workload.js';
import { UsageError } from '../../io/errors.js';
import { formatDuration } from '../../io/format.js';
import type { ProcessTrace, Trace } from './trace.js';

/** @throws UsageError if they are of several apps, or leave a gap */
export function joined([first, ...others]: readonly [Trace, ...Trace[]]): Trace {
  const traces = [first, ...others].sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime());
  const [earliest = first, ...later] = traces;
  later.forEach((trace) => checkSame(earliest, trace));
  const startedAt = earliest.startedAt.getTime();
  const end = later.reduce((until, trace) => endOf(trace, until), endOf(earliest));
  const names = [...earliest.processes.keys()];
  return {
    source: traces.map(({ source }) => source).join(', '),
    startedAt: earliest.startedAt,
    seconds: (end - startedAt) / 1000,
    processes: new Map(names.map((name) => [name, joinedProcess(name, traces, startedAt)])),
  };
}

/** @param until - epoch milliseconds up to which the traces before it reach */
function endOf({ source, startedAt, seconds }: Trace, until = Infinity): number {
  const gap = startedAt.getTime() - until;
  if (gap > 0) {
    throw new UsageError(
      `${source} begins ${formatDuration(gap / 1000)} after the others end: give files without a gap, or plan each alone`,
    );
  }
  const end = startedAt.getTime() + Math.round(seconds * 1000);
  return until === Infinity ? end : Math.max(until, end);
}

/** @throws UsageError for a process whose history only one of them has */
function checkSame(one: Trace, other: Trace): void {
  for (const [has, lacks] of [
    [one, other],
    [other, one],
  ] as const) {
    const name = [...has.processes].find(([key, process]) => process !== null && !lacks.processes.get(key))?.[0];
    if (name !== undefined) {
      throw new UsageError(
        `${lacks.source} has no history of "${name}", which ${has.source} has: give files of one app, or plan each alone`,
      );
    }
  }
}

function joinedProcess(name: string, traces: readonly Trace[], startedAt: number): ProcessTrace | null {
  const parts = traces.flatMap((trace) => {
    const process = trace.processes.get(name);
    return process ? [{ ...process, shift: trace.startedAt.getTime() - startedAt }] : [];
  });
  const [earliest] = parts;
  return earliest === undefined
    ? null
    : {
        jobs: union(parts.map(({ jobs, shift }) => jobs.map((job) => shifted(job, shift)))),
        waiting: earliest.waiting,
        dropped: parts.reduce((sum, { dropped }) => sum + dropped, 0),
      };
}

/** To the millisecond, so the same job of two files is equal. */
function shifted({ readyAt, took }: WorkloadJob, ms: number): WorkloadJob {
  return { readyAt: (Math.round(readyAt * 1000) + ms) / 1000, took: Math.round(took * 1000) / 1000 };
}

/** Jobs that several files have are one; equal jobs of one file are several. */
function union(lists: readonly (readonly WorkloadJob[])[]): WorkloadJob[] {
  const counts = new Map<string, { readonly job: WorkloadJob; count: number }>();
  for (const jobs of lists) {
    const own = new Map<string, number>();
    for (const job of jobs) {
      const key = `${job.readyAt} ${job.took}`;
      const count = (own.get(key) ?? 0) + 1;
      own.set(key, count);
      counts.set(key, { job, count: Math.max(counts.get(key)?.count ?? 0, count) });
    }
  }
  return [...counts.values()]
    .flatMap(({ job, count }) => Array.from({ length: count }, () => job))
    .sort((one, other) => one.readyAt - other.readyAt);
}
