/** Finds out whether workers that ended at once on SIGTERM interrupted a job: then their number does not fall. */
import type { RunState } from './run-state.js';

/** A dyno that ends within this time after SIGTERM did not wait for a job. */
const IMMEDIATE_STOP_MS = 1_000;
/** Checkups for the number to fall, once no dyno of the process is stopping any more. */
const CHECKUPS_TO_FALL = 2;

/** The dynos of a process that ended at once while there were jobs. */
interface Suspected {
  readonly dynos: readonly { readonly dyno: string; readonly t: number; readonly value: number }[];
  checkupsLeft: number;
}

export class EarlyStops {
  readonly #suspected = new Map<string, Suspected>();

  constructor(private readonly state: RunState) {}

  /** @param ms - from SIGTERM to the end of the dyno; undefined: it was killed */
  stopped(process: string, dyno: string, ms: number | undefined, t: number): void {
    if (ms === undefined || ms >= IMMEDIATE_STOP_MS) {
      // This worker waits for its job, so the others that ended at once had none.
      this.#suspected.delete(process);
      return;
    }
    const value = this.state.known(process).series.at(-1)?.value ?? 0;
    if (value > 0) {
      const dynos = this.#suspected.get(process)?.dynos ?? [];
      this.#suspected.set(process, { dynos: [...dynos, { dyno, t, value }], checkupsLeft: CHECKUPS_TO_FALL });
    }
  }

  checkup(process: string, value: number | null): void {
    const suspected = this.#suspected.get(process);
    // A dyno that is still stopping may have the job.
    if (
      value === null ||
      !suspected ||
      this.state.known(process).dynosThatAre('stopping') > 0 ||
      --suspected.checkupsLeft > 0
    ) {
      return;
    }
    this.#suspected.delete(process);
    const dynos = suspected.dynos
      .filter((one) => value >= one.value)
      .sort((a, b) => a.dyno.localeCompare(b.dyno, 'en', { numeric: true }));
    const [first] = dynos;
    // One problem for all: the number does not show which of them had the job.
    if (first) {
      const names = new Intl.ListFormat('en').format(dynos.map(({ dyno }) => dyno));
      this.state.addProblem({
        ...{ kind: 'interrupted-job', process, dyno: first.dyno, t: first.t },
        message: `${names} ended at once on SIGTERM while there were jobs, and their number did not fall: a job was interrupted`,
      });
    }
  }
}
