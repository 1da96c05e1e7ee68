/** What went wrong in a run, and what one does about it. */
import type { RouterCode } from '../heroku/router.js';

export type ProblemKind = 'killed' | 'crashed' | 'boot-timeout' | 'poll-failed' | 'request-lost' | 'interrupted-job';

export interface Problem {
  readonly kind: ProblemKind;
  /** Null where it is about none. */
  readonly process: string | null;
  /** The lowest number, where it is about several. */
  readonly dyno: string | null;
  /** Seconds since the start. */
  readonly t: number;
  readonly message: string;
  readonly cure: string;
}

/** More of one kind are counted, but not kept. */
export const MAX_PROBLEMS_PER_KIND = 1000;

const CURES: Readonly<Record<Exclude<ProblemKind, 'request-lost'>, string>> = {
  killed:
    'End within 30 s of SIGTERM: in Nest call app.enableShutdownHooks(), elsewhere close the worker on SIGTERM (worker.close()); split jobs that take longer, or make them safe to do twice.',
  crashed: "Read the dyno's log. A process of the Procfile must not end by itself, not even with exit code 0.",
  'boot-timeout': 'Listen on 0.0.0.0 and the port in PORT, within 60 s: do what takes longer after that.',
  'poll-failed': 'Run nestjs-hirefire check against the app; without numbers nothing is scaled, up or down.',
  'interrupted-job':
    'Let the worker finish its job on SIGTERM: in Nest call app.enableShutdownHooks(), elsewhere await worker.close(). Until then a job waits for its lock to run out: keep the lock duration short. None was interrupted if a dyno that still runs works on a long job: to be sure, make --every longer than half a job.',
};

const CURES_OF_REQUESTS: Readonly<Record<RouterCode, string>> = {
  H10: 'Find out why the web dynos crashed.',
  H12: 'Answer within 30 s: hand longer work to a job queue.',
  H13: 'Answer every request; on SIGTERM finish those under way before the process ends (in Nest app.enableShutdownHooks()).',
  H14: 'Keep at least one web dyno: set the minimum of web to 1.',
  H18: 'On SIGTERM finish the requests under way before the process ends (in Nest app.enableShutdownHooks()).',
  H20: 'Listen sooner after the start.',
  H21: 'Keep listening for as long as the process runs, on 0.0.0.0 and the port in PORT.',
};

export class Problems {
  readonly #kept: Problem[] = [];
  readonly #counts = new Map<ProblemKind, number>();

  get all(): readonly Problem[] {
    return this.#kept;
  }

  /** How many there were of each kind. */
  get counts(): ReadonlyMap<ProblemKind, number> {
    return this.#counts;
  }

  add(problem: Omit<Problem, 'cure'>, code?: RouterCode): Problem {
    const { kind } = problem;
    const cure = code !== undefined ? CURES_OF_REQUESTS[code] : kind === 'request-lost' ? '' : CURES[kind];
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const added = { ...problem, cure };
    if (count <= MAX_PROBLEMS_PER_KIND) {
      this.#kept.push(added);
    }
    return added;
  }
}
