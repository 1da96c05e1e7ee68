/** The events of a run, and its problems with their cures. */
import type { RouterCode } from '../heroku/router-codes.js';
import { clock } from '../io/format.js';

export interface RunEvent {
  /** Seconds since the start. */
  readonly t: number;
  /** The process that it is about, if any. */
  readonly process?: string;
  readonly level: 'info' | 'problem';
  readonly text: string;
}

/** The event's text, with the name of its process. */
export function sentenceOf({ process, text }: RunEvent): string {
  return process === undefined || text.startsWith(process) ? text : `${process}: ${text}`;
}

/** The event as a line without colours: `00:02  PROBLEM worker.3 was killed`. */
export function lineOf(event: RunEvent): string {
  return `${clock(event.t)}  ${event.level === 'problem' ? 'PROBLEM ' : ''}${sentenceOf(event)}`;
}

export type ProblemKind = 'killed' | 'crashed' | 'boot-timeout' | 'poll-failed' | 'request-lost' | 'interrupted-job';

export interface Problem {
  readonly kind: ProblemKind;
  /** Null: it is about no process. */
  readonly process: string | null;
  /** The lowest number if it is about several dynos. */
  readonly dyno: string | null;
  /** Seconds since the start. */
  readonly t: number;
  readonly message: string;
  readonly cure: string;
  /** The end of the dyno's output, if the dyno ended by itself or never listened. */
  readonly lastLines?: readonly string[];
  /** The file with all of its output. */
  readonly log?: string;
}

/** A cause with a cure that differs from the usual one of its kind. */
type Cause = 'loopback-only' | 'no-web' | 'router-full' | 'H10' | 'drain';

/** A problem before its cure is known: a lost request's depends on the router's code. */
export type NewProblem = Omit<Problem, 'kind' | 'cure'> &
  (
    | { readonly kind: Exclude<ProblemKind, 'request-lost'>; readonly because?: Cause | undefined }
    | { readonly kind: 'request-lost'; readonly code: RouterCode }
  );

/** Further ones of a kind are counted, but not kept. */
export const MAX_PROBLEMS_PER_KIND = 1000;

export function cureOf(problem: NewProblem): string {
  return CURES[problem.kind === 'request-lost' ? problem.code : (problem.because ?? problem.kind)];
}

export const CURES: Readonly<Record<Exclude<ProblemKind, 'request-lost'> | Cause | RouterCode, string>> = {
  killed:
    'End within 30 s of SIGTERM: with Bull or BullMQ in Nest call drainOnShutdown(app) of nestjs-hirefire/worker, with another library in Nest app.enableShutdownHooks(), elsewhere close the worker on SIGTERM; split jobs that take longer, or make them safe to run twice.',
  crashed:
    "The dyno's last lines and its log say why. A process of the Procfile must not end by itself, not even with exit code 0.",
  'boot-timeout': 'Listen on 0.0.0.0 and the port in PORT within 60 s: do slower work after that.',
  'loopback-only':
    "Listen on 0.0.0.0, where Heroku's router reaches the dyno: app.listen(port, '0.0.0.0') in Nest on Fastify, which listens on localhost by default.",
  'no-web': 'Add a process "web" to the Procfile: HireFire asks it for the numbers.',
  'router-full':
    "Every web dyno worked on as many requests as the router gives it at once, so the poll waited in the router's queue, as it would on Heroku: run more web dynos, or end streams and long polls sooner.",
  'poll-failed': 'Run nestjs-hirefire check against the app; without numbers nothing is scaled, up or down.',
  'interrupted-job':
    'Let the worker finish its job on SIGTERM: with Bull or BullMQ in Nest call drainOnShutdown(app) of nestjs-hirefire/worker, with another library in Nest app.enableShutdownHooks(), elsewhere await worker.close(). Until then a job waits for its lock to run out: keep the lock duration short. None was interrupted if the dynos that still run work on long jobs, or get new ones: to be sure, make --every longer than half a job, and add no jobs meanwhile.',
  drain:
    "The dyno's log names the jobs: keep their broker reachable until the workers have ended, and let nothing but drainOnShutdown(app) end the process. The jobs start again once their locks have run out.",
  H10: 'Find out why the web dynos crashed.',
  H12: 'Answer within 30 s: hand longer work to a job queue.',
  H13: 'Answer every request; on SIGTERM finish the open ones before the process ends (in Nest app.enableShutdownHooks()).',
  H14: 'Keep at least one web dyno: set the minimum of web to 1.',
  H15: 'Send something every 55 s at the latest, such as a comment in a stream of events or a ping on a WebSocket.',
  H17: 'Answer with valid HTTP/1.1: on PORT the web process may speak neither TLS nor HTTP/2, and a status is from 100 to 999.',
  H18: 'On SIGTERM finish the open requests before the process ends (in Nest app.enableShutdownHooks()).',
  H20: 'Listen sooner after the start.',
  H21: 'Keep listening for as long as the process runs, on 0.0.0.0 and the port in PORT.',
  H28: 'The user fell silent, not the app: nothing to cure unless your own client waits for 55 s in the middle of a request.',
};
