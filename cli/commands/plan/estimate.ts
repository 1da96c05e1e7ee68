/** Estimates the jobs of a process from a recording of its size. */
import { kindOf } from '../../hirefire/managers/kinds.js';
import type { Manager } from '../../hirefire/managers/schema.js';
import { UsageError } from '../../io/errors.js';
import { amount } from '../../io/format.js';
import type { Workload, WorkloadJob } from '../../plan/workload.js';
import type { Point } from '../../run/run-process.js';
import type { Recording } from './recording.js';
import { MAX_JOBS } from './trace.js';

export interface Effort {
  /** Seconds that each job takes. */
  readonly took: number;
  /** Jobs that a dyno works on at once. */
  readonly slots: number;
}

export interface Estimate {
  readonly workload: Workload;
  /** The last one recorded; undefined: an older version of watch recorded it. */
  readonly manager: Manager | undefined;
}

/** Jobs that came in, spread evenly from one time to another. */
interface Arrivals {
  readonly from: number;
  readonly until: number;
  readonly count: number;
}

export function processesOf({ lines }: Recording): string[] {
  return [...new Set(lines.flatMap(({ processes }) => [...processes.keys()]))];
}

/**
 * True if the numbers of the process are latencies: by its manager, or by a fraction.
 *
 * @param configured - its manager, for a recording without managers
 */
export function isLatency(recording: Recording, name: string, configured: Manager | undefined): boolean {
  return recordsOf(recording, name).some(
    ({ manager = configured, value }) => kindOf(manager).isLatency === true || !Number.isInteger(value ?? 0),
  );
}

/** Undefined: no number of the process was ever known. */
export function estimated(recording: Recording, name: string, effort: Effort): Estimate | undefined {
  const records = recordsOf(recording, name);
  const first = records.findIndex(({ value }) => value !== null);
  const points = records.slice(first);
  const [begin, end] = [points[0], points.at(-1)];
  if (first === -1 || begin === undefined || end === undefined) {
    return undefined;
  }
  const startedAt = (recording.startedAt?.getTime() ?? 0) + begin.t * 1000;
  const inLine = Array.from({ length: begin.value ?? 0 }, () => ({ readyAt: 0, took: effort.took }));
  const jobs = arrivedJobs(arrivalsOf(points, effort), effort.took, `${recording.source}: ${name}`);
  return {
    workload: {
      startedAt: new Date(startedAt),
      seconds: end.t - begin.t,
      jobs: [...inLine, ...jobs.map(({ readyAt, took }) => ({ readyAt: readyAt - begin.t, took }))],
      waiting: 0,
      estimated: true,
    },
    manager: records.findLast(({ manager }) => manager !== undefined)?.manager,
  };
}

function recordsOf({ lines }: Recording, name: string): (Point & Pick<Estimate, 'manager'>)[] {
  return lines.flatMap(({ t, processes }) => {
    const process = processes.get(name);
    return process ? [{ t, ...process }] : [];
  });
}

/** From each known size to the next one. */
function arrivalsOf(points: readonly Point[], effort: Effort): Arrivals[] {
  const known = points.flatMap(({ value }, index) => (value === null ? [] : [{ index, value }]));
  return known.slice(1).map((next, place) => {
    const last = known[place] ?? next;
    const during = points.slice(last.index, next.index + 1);
    const finished = finishedDuring(during, Math.max(last.value, next.value), effort);
    return {
      from: during[0]?.t ?? 0,
      until: during.at(-1)?.t ?? 0,
      count: Math.max(next.value - last.value + finished, 0),
    };
  });
}

/** Jobs that the dynos could have finished; a slot without a job finishes none. */
function finishedDuring(points: readonly Point[], jobs: number, { took, slots }: Effort): number {
  const slotSeconds = points.slice(1).reduce((sum, { t }, place) => {
    const { t: from = t, dynos = 0 } = points[place] ?? {};
    return sum + Math.min(dynos * slots, jobs) * (t - from);
  }, 0);
  return slotSeconds / took;
}

/** Whole jobs; what is left of one goes into the next interval. */
function arrivedJobs(arrivals: readonly Arrivals[], took: number, source: string): WorkloadJob[] {
  const jobs: WorkloadJob[] = [];
  let sum = 0;
  for (const { from, until, count } of arrivals) {
    if (sum + count > MAX_JOBS) {
      throw new UsageError(`${source} would have over ${amount(MAX_JOBS)} jobs: check --job and --slots`);
    }
    while (count > 0 && jobs.length + 0.5 <= sum + count) {
      jobs.push({ readyAt: from + ((jobs.length + 0.5 - sum) / count) * (until - from), took });
    }
    sum += count;
  }
  return jobs;
}
