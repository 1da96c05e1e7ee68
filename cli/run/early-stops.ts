/**
 * Finds out whether workers that ended on SIGTERM interrupted a job. One that drains says so; of others, the numbers show it when they
 * ended at once: a job is left, or waits again.
 */
import { kindOf } from '../hirefire/managers/kinds.js';
import { counted } from '../io/format.js';
import type { ProcessState } from './run-process.js';
import type { RunState } from './run-state.js';

/** A dyno that ends sooner after SIGTERM did not wait for a job. A terminal shows all of these as 1.0 s or less. */
const IMMEDIATE_STOP_MS = 1_050;
/** A worker that takes this long once does wait for its jobs, and always will. */
const PATIENT_STOP_MS = 3_000;
/** Checkups for the number to fall, once no dyno of the process is stopping any more. */
const CHECKUPS_TO_FALL = 2;
const MAX_SUSPECTS = 100;

/** A dyno that ended at once. */
interface Suspect {
  readonly dyno: string;
  /** Of its end. */
  readonly t: number;
  readonly signalledAt: number;
  /** The last number before. */
  readonly value: number;
  /** The time of that number: those that stopped together have the same. */
  readonly checkupAt: number;
}

/** The suspects of a process that had jobs. */
interface WithJobs {
  suspects: readonly Suspect[];
  /** The lowest number since. */
  lowest: number;
  checkupsLeft: number;
}

/** A dyno's own words about its jobs since SIGTERM. */
interface Drain {
  /** That ran at the signal. */
  readonly jobs: number;
  readonly lost: number;
  /** Its apps that have not said yet what became of their jobs. */
  readonly open: number;
}

const NO_DRAIN: Drain = { jobs: 0, lost: 0, open: 0 };

export class EarlyStops {
  readonly #withJobs = new Map<string, WithJobs>();
  /** The suspects under a latency of 0: no job waited, but one may have been under way. */
  readonly #withoutLatency = new Map<string, readonly Suspect[]>();

  /** Processes that have waited for a job: by a size that does not fall, they are not accused. */
  readonly #patient = new Set<string>();
  readonly #draining = new Set<string>();
  readonly #drains = new Map<string, Drain>();

  constructor(private readonly state: RunState) {}

  /** @param ms - from SIGTERM to the end of the dyno; undefined: it was killed */
  stopped(process: string, dyno: string, ms: number | undefined, t: number): void {
    const drain = this.#drains.get(dyno);
    this.#drains.delete(dyno);
    if (drain && ms !== undefined) {
      this.#reportLost(drain, process, dyno, t);
    }
    if (ms === undefined || ms >= IMMEDIATE_STOP_MS) {
      // This worker waits for its job, so the others that ended at once had none.
      this.#acquit(process);
    }
    if (ms !== undefined && ms >= PATIENT_STOP_MS) {
      this.#patient.add(process);
    }
    if (ms !== undefined && ms < IMMEDIATE_STOP_MS && !this.#draining.has(process)) {
      this.#suspect(process, dyno, ms, t);
    }
  }

  /** In a new process. */
  started(dyno: string): void {
    this.#drains.delete(dyno);
  }

  /** Its workers say at the signal that they interrupt no job, and how many run. */
  drains(process: string, dyno: string, jobs: number): void {
    this.#draining.add(process);
    this.#acquit(process);
    const { jobs: others, lost, open } = this.#drains.get(dyno) ?? NO_DRAIN;
    this.#drains.set(dyno, { jobs: others + jobs, lost, open: open + 1 });
  }

  /** @param lost - jobs that neither ended nor went back to their queues */
  drained(dyno: string, lost: number): void {
    const drain = this.#drains.get(dyno) ?? NO_DRAIN;
    this.#drains.set(dyno, { ...drain, lost: drain.lost + lost, open: drain.open - 1 });
  }

  #reportLost({ jobs, lost, open }: Drain, process: string, dyno: string, t: number): void {
    const count = lost > 0 ? lost : open > 0 ? jobs : 0;
    if (count > 0) {
      const message = `${dyno} ended on SIGTERM, and interrupted ${counted(count, 'job')} although it drains`;
      this.state.addProblem({ kind: 'interrupted-job', because: 'drain', process, dyno, t, message });
    }
  }

  #acquit(process: string): void {
    this.#withJobs.delete(process);
    this.#withoutLatency.delete(process);
  }

  #suspect(process: string, dyno: string, ms: number, t: number): void {
    const { series, manager } = this.state.known(process);
    const last = series.findLast((point) => point.value !== null);
    const value = last?.value ?? 0;
    const suspect = { dyno, t, signalledAt: t - ms / 1000, value, checkupAt: last?.t ?? 0 };
    if (value > 0) {
      if (this.#patient.has(process)) {
        return;
      }
      const suspects = added(this.#withJobs.get(process)?.suspects, suspect);
      this.#withJobs.set(process, { suspects, lowest: value, checkupsLeft: CHECKUPS_TO_FALL });
    } else if (kindOf(manager).isLatency) {
      this.#withoutLatency.set(process, added(this.#withoutLatency.get(process), suspect));
    }
  }

  /** Before the decision. */
  checkup(process: string, value: number | null, t: number): void {
    if (value !== null) {
      this.#findWaitingAgain(process, value, t);
      this.#findLeft(this.state.known(process), value);
    }
  }

  /** A latency is the age of the oldest job that waits. */
  #findWaitingAgain(process: string, latency: number, t: number): void {
    const suspects = this.#withoutLatency.get(process) ?? [];
    const accused = suspects.filter(({ signalledAt }) => latency > 0 && t - latency < signalledAt);
    this.#withoutLatency.set(
      process,
      suspects.filter((suspect) => !accused.includes(suspect)),
    );
    this.#report(process, accused, 'and a job that was ready before waits again: it was interrupted');
  }

  #findLeft(process: ProcessState, value: number): void {
    const { name } = process;
    const found = this.#withJobs.get(name);
    // A dyno that is still stopping may have the job.
    if (!found || process.dynosThatAre('stopping') > 0) {
      return;
    }
    found.suspects = value === 0 ? [] : found.suspects.filter(mayHaveLeft(found.suspects, value, process));
    found.checkupsLeft = value < found.lowest ? CHECKUPS_TO_FALL : found.checkupsLeft - 1;
    found.lowest = Math.min(found.lowest, value);
    if (found.suspects.length === 0 || found.checkupsLeft === 0) {
      this.#withJobs.delete(name);
      this.#report(name, found.suspects, 'while there were jobs, and their number did not fall: a job was interrupted');
    }
  }

  /** One problem for all: the number does not show which of them had the job. */
  #report(process: string, accused: readonly Suspect[], how: string): void {
    const dynos = [...accused].sort((a, b) => a.dyno.localeCompare(b.dyno, 'en', { numeric: true }));
    const [first] = dynos;
    if (first) {
      const names = new Intl.ListFormat('en').format(new Set(dynos.map(({ dyno }) => dyno)));
      const message = `${names} ended at once on SIGTERM${how.startsWith('and') ? ', ' : ' '}${how}`;
      this.state.addProblem({ kind: 'interrupted-job', process, dyno: first.dyno, t: first.t, message });
    }
  }
}

function added(suspects: readonly Suspect[] = [], suspect: Suspect): readonly Suspect[] {
  return [...suspects, suspect].slice(-MAX_SUSPECTS);
}

/**
 * True if the number has fallen by too little for the jobs of all that stopped together to have ended. A job of a dyno that still
 * runs explains a fall by one; jobs have no such part in a latency.
 */
function mayHaveLeft(
  suspects: readonly Suspect[],
  value: number,
  process: ProcessState,
): (suspect: Suspect) => boolean {
  const { countsJobs } = kindOf(process.manager);
  const others = process.dynosThatAre('up') > 0 ? 1 : 0;
  return ({ value: before, checkupAt }) => {
    const together = suspects.filter((one) => one.checkupAt === checkupAt).length;
    return before - value <= (countsJobs ? together - 1 + others : 0);
  };
}
