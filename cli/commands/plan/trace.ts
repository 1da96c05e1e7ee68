/** The trace of an app, checked: what its queues went through. */
import { PROC_NAME_PATTERN } from '../../../lib/hirefire.protocol.js';
import { amount } from '../../io/format.js';
import type { WorkloadJob } from '../../plan/workload.js';
import type { Place } from './place.js';

const TRACE_VERSION = 1;

/** Seconds. More is a mistake, and a replay would hardly end. */
export const MAX_SECONDS = 366 * 24 * 3600;
export const MAX_JOBS = 1_000_000;

export interface Trace {
  /** The file or URL. */
  readonly source: string;
  readonly startedAt: Date;
  readonly seconds: number;
  /** Null: a process whose backend keeps no history. */
  readonly processes: ReadonlyMap<string, ProcessTrace | null>;
}

export interface ProcessTrace {
  readonly jobs: readonly WorkloadJob[];
  readonly waiting: number;
  readonly dropped: number;
}

/** @throws UsageError for the first mistake */
export function readTrace(whole: Place, source: string): Trace {
  checkVersion(whole.field('version'));
  return {
    source,
    startedAt: whole.field('startedAt').date(),
    seconds: whole.field('seconds').number(0, MAX_SECONDS),
    processes: new Map(processesIn(whole).map(([name, process]) => [name, processOf(process)])),
  };
}

/** The value of `processes`, with names that a Procfile allows. */
export function processesIn(whole: Place): [name: string, place: Place][] {
  const processes = whole.field('processes');
  const fields = processes.fields();
  if (fields.some(([name]) => !PROC_NAME_PATTERN.test(name))) {
    processes.fail('use process names of the Procfile: a letter first, then letters, digits, - and _, at most 63');
  }
  return fields;
}

function checkVersion(version: Place): void {
  if (version.isMissing) {
    version.fail('use a trace that /hirefire/trace answers, or a recording of watch');
  }
  if (version.raw !== TRACE_VERSION) {
    version.fail(`this nestjs-hirefire reads ${TRACE_VERSION}: use the one of the app`);
  }
}

function processOf(process: Place): ProcessTrace | null {
  if (process.isNull) {
    return null;
  }
  return {
    jobs: listedJobs(process.field('jobs')),
    waiting: process.field('waiting').count(MAX_JOBS),
    dropped: process.field('dropped').count(Number.MAX_SAFE_INTEGER),
  };
}

function listedJobs(jobs: Place): WorkloadJob[] {
  const places = jobs.items();
  if (places.length > MAX_JOBS) {
    jobs.fail(`there are over ${amount(MAX_JOBS)} jobs: plan a shorter time`);
  }
  let last = -MAX_SECONDS;
  return places.map((place) => {
    const [first, second] = place.pair();
    const readyAt = first.number(-MAX_SECONDS, MAX_SECONDS);
    if (readyAt < last) {
      first.fail('jobs are sorted by this number: save the answer again');
    }
    last = readyAt;
    return { readyAt, took: second.number(0, MAX_SECONDS) };
  });
}
