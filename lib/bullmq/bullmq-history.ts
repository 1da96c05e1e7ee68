import type { QueueHistory, Run, Wait } from '../procs/trace.js';
import { eventsOf, wasPaused, type Event, type ReadEvents } from './bullmq-events.js';

/** Since when a job is ready, or since when at the latest if the event of it is gone. */
interface Ready {
  readonly at: number;
  readonly isKnown: boolean;
}

/** A job after an event: in line, delayed, or run, or none of these. */
interface Job {
  readonly line?: Ready;
  readonly due?: number;
  readonly run?: Omit<Run, 'ended'>;
  /** The index of the run that has just ended. */
  readonly last?: number;
}

const BEFORE_HISTORY: Ready = { at: -Infinity, isKnown: false };

/** Plays the events again. */
export function historyOf(read: ReadEvents): QueueHistory {
  const { now, first, isCut } = read;
  const { runs, waits } = new Replay(read);
  return { now, first, isCut, runs, waits };
}

class Replay {
  readonly runs: Run[] = [];
  readonly waits: Wait[] = [];
  readonly #jobs = new Map<number, Job>();
  #resumed = -Infinity;
  /** Infinity while the queue is not paused. */
  #paused = Infinity;

  /** The job is `undefined` if all of its events were before the first. */
  readonly #after = new Map<string, (job: Job | undefined, event: Event) => Job>([
    // Added, or removed.
    ['x', (job, { at }) => this.#lose(job, at)],
    // Removed from the line.
    ['l', (job, { at }) => this.#leave(job ? job.line : BEFORE_HISTORY, at)],
    // In line.
    ['w', (job = {}, { at }) => ({ ...this.#end(job, at), line: { at, isKnown: true } })],
    // Back in line, from a worker.
    ['b', (job, { at }) => ({ ...this.#end(job, at), line: { at, isKnown: true } })],
    // Handed back by drainOnShutdown().
    ['h', (job, { at }) => ({ ...this.#interrupt(this.#end(job, at)), line: { at, isKnown: true } })],
    // In line after a delay. Promoted by hand, it is ready before the delay is over.
    ['u', (job, { at }) => ({ line: { at: Math.min(job?.due ?? at, at), isKnown: job?.due !== undefined } })],
    // Delayed, before its first run or after a failed one.
    ['d', (job, { at, due }) => ({ ...this.#end(job, at), due: Math.max(due, at) })],
    // Taken by a worker.
    ['a', (job, { at }) => this.#start(job, at)],
    // Completed, failed, or waiting for children.
    ['e', (job, { at }) => this.#end(job, at)],
    // Back in line already, because its worker died.
    ['s', (job, { at }) => this.#interrupt(job ?? { line: { at, isKnown: true } })],
  ]);

  constructor(read: ReadEvents) {
    const events = eventsOf(read);
    if (wasPaused(read, events)) {
      this.#paused = -Infinity;
    }
    events.forEach((event, index) => this.#see(event, index === 0));
    this.#finish(read);
  }

  #see(event: Event, isFirst: boolean): void {
    const { letter, job, at } = event;
    if (letter === 'p') {
      this.#paused = Math.min(this.#paused, at);
    } else if (letter === 'r') {
      // Resuming a queue that is not paused does nothing.
      this.#resumed = this.#paused < Infinity ? at : this.#resumed;
      this.#paused = Infinity;
    } else {
      // A delay at the cut can be of a new job, whose first event is gone.
      const known = this.#jobs.get(job) ?? (isFirst && letter === 'd' ? {} : undefined);
      this.#jobs.set(job, this.#after.get(letter)?.(known, event) ?? {});
    }
  }

  #start(job: Job | undefined, at: number): Job {
    this.#lose(job, at);
    const { at: ready, isKnown } = this.#since(job ? (job.line ?? { at, isKnown: false }) : BEFORE_HISTORY);
    return { run: { ready, started: at, isWhole: isKnown } };
  }

  #end(job: Job | undefined, ended: number): Job {
    if (job && !job.run) {
      return {};
    }
    const run = job?.run ?? { ready: -Infinity, started: -Infinity, isWhole: false };
    return { last: this.runs.push({ ...run, ended }) - 1 };
  }

  /** The end of a run was not seen, and it is over. */
  #lose(job: Job | undefined, ended: number): Job {
    if (job?.run) {
      this.runs.push({ ...job.run, ended, isWhole: false });
    }
    return {};
  }

  /** No one knows how long the job would have run. */
  #interrupt(job: Job): Job {
    const { last = -1 } = job;
    const run = this.runs[last];
    if (run) {
      this.runs[last] = { ...run, isWhole: false };
    }
    return job;
  }

  #leave(line: Ready | undefined, at: number): Job {
    if (line) {
      this.#wait(line, at);
    }
    return {};
  }

  #wait(line: Ready, left: number, jobs = 1): void {
    this.waits.push({ ready: this.#since(line).at, left: Math.min(left, this.#paused), jobs });
  }

  /** No job of a paused queue is ready. */
  #since(line: Ready): Ready {
    return this.#resumed > line.at ? { at: this.#resumed, isKnown: true } : line;
  }

  /** The jobs that wait or run now. */
  #finish({ now, isCut, waiting, dueBefore }: ReadEvents): void {
    const jobs = [...this.#jobs.values()];
    const lines = jobs.flatMap(({ line }) => line ?? []);
    const due = jobs.flatMap((job) => (job.due !== undefined && job.due <= now ? job.due : []));
    lines.forEach((line) => this.#wait(line, Infinity));
    due.forEach((at) => this.#wait({ at, isKnown: true }, Infinity));
    this.runs.push(...jobs.flatMap(({ run }) => (run ? { ...run, ended: Infinity } : [])));
    const unseen = isCut ? Math.max(waiting - lines.length, 0) + dueBefore : 0;
    this.#wait(BEFORE_HISTORY, Infinity, unseen);
  }
}
