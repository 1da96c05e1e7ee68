/** The part that a backend plays in the contract of jobs: how its library's jobs come, go and wait, and how the library sees them. */
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import type { QueueProc } from '../../../lib/index.js';
import type { Clock } from '../../support/clock.js';

/** A backend's class, of which a proc is made; a driver's own subclass where its constructor takes more than queues. */
export type ProcClass<Q> = new (...queues: Q[]) => Pick<QueueProc<Q>, 'quantity' | 'latency'>;

/** Features that some libraries lack. */
export type Ability =
  /** The backend measures it. */
  | 'latency'
  /** The backend sees jobs that are being worked on. */
  | 'active'
  | 'priority'
  | 'lifo'
  | 'delay'
  /** A worker moves due jobs to the waiting ones. */
  | 'moves due jobs'
  /** A job that failed is tried again. */
  | 'attempts'
  | 'back-off'
  | 'exponential back-off'
  /** The job of a worker that died is given back. */
  | 'stall'
  | 'pause'
  | 'repeat'
  | 'remove'
  | 'promote'
  /** A job that failed for good can be retried by hand, and all of them in bulk. */
  | 'retry'
  /** Time passes only when a test says so. */
  | 'stopped clock'
  /** Queued jobs survive a kill and restart of the broker. */
  | 'durable'
  /** An app can start while its broker is down. */
  | 'starts without broker'
  /** A worker in its own process, which reports its jobs. */
  | 'worker process';

/** The options of a library that the suite uses. */
export interface JobOptions {
  /** ms */
  delay?: number;
  /** 1 is the most urgent. */
  priority?: number;
  lifo?: boolean;
  attempts?: number;
  /** `own` is a strategy of the app's own: 700 ms. */
  backoff?: number | { readonly type: 'fixed' | 'exponential' | 'own'; readonly delay: number };
}

/** A queue's right numbers, found by asking its library for every job, not by a clever query of its store. */
export interface Expected {
  readonly size: number;
  readonly sizeWithoutActive: number;
  readonly latency: number;
}

export interface TestJob {
  promote(): Promise<unknown>;
  remove(): Promise<unknown>;
  /** By hand, after it failed for good. */
  retry(): Promise<unknown>;
}

/** A job that a worker has. */
export interface TakenJob {
  complete(): Promise<unknown>;
  fail(): Promise<unknown>;
  /** Its worker is dead from now on, and no longer renews the lock. */
  stall(): Promise<unknown>;
}

export interface TestQueue<Q = unknown> {
  readonly queue: Q;
  readonly name: string;
  add(options?: JobOptions): Promise<TestJob>;
  addMany(count: number, options?: JobOptions | ((index: number) => JobOptions)): Promise<unknown>;
  /** Takes the next job as a worker does; `undefined` if there is none for it. */
  take(): Promise<TakenJob | undefined>;
  /** Computes the numbers with the library's own API. */
  expected(): Promise<Expected>;
  empty(): Promise<unknown>;
  /** Closes everything else that the tests opened for the queue, such as a worker. */
  release(): Promise<unknown>;

  /** Each of these every so many ms; resolves to when the first is due, in epoch ms. */
  repeat(ms: number): Promise<number>;
  pause(): Promise<unknown>;
  resume(): Promise<unknown>;
  /** Moves delayed jobs that are due to the waiting ones, as every running worker does by itself. */
  moveDueJobs(): Promise<unknown>;
  /** Gives back the jobs of workers that died, as every running worker does by itself. */
  moveStalledJobs(): Promise<unknown>;
  /** Lets the locks of these active jobs run out, as if their workers had stopped renewing them. */
  expireLocks(ids: readonly string[]): Promise<unknown>;
  /** Retries everything that failed for good. */
  retryAll(): Promise<unknown>;
  /** Jobs that wait, are delayed, or failed for good, in any order. */
  jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly TestJob[]>;
}

/** Methods that fail for lack of an ability; a driver's queue takes those that its library can't do. */
export const UNABLE: Pick<
  TestQueue,
  'repeat' | 'pause' | 'resume' | 'moveDueJobs' | 'moveStalledJobs' | 'expireLocks' | 'retryAll' | 'jobs'
> &
  Pick<TestJob, 'promote' | 'remove' | 'retry'> = Object.freeze({
  repeat: unable,
  pause: unable,
  resume: unable,
  moveDueJobs: unable,
  moveStalledJobs: unable,
  expireLocks: unable,
  retryAll: unable,
  jobs: unable,
  promote: unable,
  remove: unable,
  retry: unable,
});

function unable(): Promise<never> {
  return Promise.reject(new Error('the library can not do that: take the ability from its driver'));
}

/** A broker of a test's own. */
export interface Broker {
  start(): Promise<unknown>;
  /** Connections are cut. */
  kill(): Promise<unknown>;
  /** Connections stay, nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** Ends it and removes its files. */
  stop(): Promise<unknown>;
}

/** The connections of an app to its broker. */
export interface Link {
  /** Resolves once the app knows that the broker is gone; asked before it goes. */
  untilLost(): Promise<unknown>;
  /** Resolves once all of them can be used, and what was sent before has been answered. */
  untilReady(): Promise<unknown>;
  /** Commands that wait for an answer, or to be sent. */
  readonly pending: number;
  /** How many of them one poll may need; 1 by default. */
  readonly perPoll?: number;
}

export interface JobsDriver<Q, B extends Broker = Broker> {
  readonly library: string;
  /** The class under test. */
  readonly proc: ProcClass<Q>;
  readonly abilities: readonly Ability[];
  /** The exponential back-off multiplies its delay by this after so many failures. */
  readonly growth: (failures: number) => number;
  /** How many random sequences its property test runs, where it is not the usual number. */
  readonly sequences?: number;
  /** The script of a worker in its own process, and its first arguments; a `.ts` runs on Node. */
  readonly worker: readonly string[];
  /** The error of a poll while the broker is down. */
  readonly down: RegExp;

  /** The clock of a file's tests; called where Jest's hooks may be registered. */
  clock(): Clock;
  /** A new queue, with a name that nothing else has; closed by {@link close}. */
  open(): TestQueue<Q>;
  /** Empties and closes whatever was opened. */
  close(): Promise<void>;

  /** A broker that is not started yet. */
  reserveBroker(): Promise<B>;
  /** The imports and providers of an app with queues of these names. */
  app(broker: B, ...names: string[]): ModuleMetadata;
  /** The injection token of a queue of that app. */
  token(name: string): string | symbol;
  /** A queue of that app. */
  of(queue: Q): TestQueue<Q>;
  linkOf(app: INestApplication, queues: readonly TestQueue<Q>[]): Link;
}

export function can(driver: Pick<JobsDriver<never>, 'abilities'>, ...abilities: readonly Ability[]): boolean {
  return abilities.every((ability) => driver.abilities.includes(ability));
}
