/** What a backend gives the contract suite: the ways in which its library's jobs come, go and wait, and its own view of them. */
import type { DynamicModule } from '@nestjs/common';
import type { Cluster } from 'ioredis';
import type { QueueProc } from '../../lib/index.js';
import type { RedisAccess } from '../support/redis.js';

/** A backend's class, of which a proc is made. */
export type ProcClass<Q> = new (...queues: Q[]) => Pick<QueueProc<Q>, 'quantity' | 'latency'>;

/** What of a library's options the suite uses. */
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

/** What a queue's numbers have to be: found by asking its library for every job, not by asking its store cleverly. */
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
  /** Removes its data only, so that its place in the queue points nowhere. */
  vanish(): Promise<unknown>;
}

/** A job that a worker has. */
export interface TakenJob {
  complete(): Promise<unknown>;
  fail(): Promise<unknown>;
  /** Its worker is dead from now on: nobody renews the lock. */
  stall(): Promise<unknown>;
}

/** What the suite needs of a queue's ioredis. */
export interface ClientOfQueue {
  readonly status: string;
  once(event: 'connect' | 'ready' | 'close' | 'error', listener: () => void): unknown;
  select(db: number): Promise<unknown>;
  client(command: 'ID'): Promise<number>;
  /** Its connection. */
  readonly stream: { pause(): unknown; resume(): unknown };
  ping(): Promise<unknown>;
  disconnect(): void;
}

export interface TestQueue<Q> {
  readonly queue: Q;
  readonly name: string;
  readonly client: ClientOfQueue;
  /** The name of its key for a type of jobs. */
  key(type: string): string;
  add(options?: JobOptions): Promise<TestJob>;
  addMany(count: number, options?: JobOptions | ((index: number) => JobOptions)): Promise<unknown>;
  /** Each of these every so many ms; resolves to when the first is due, in epoch ms. */
  repeat(ms: number): Promise<number>;
  /** What a worker does to get its next job; `undefined` where there is none for it. */
  take(): Promise<TakenJob | undefined>;
  pause(): Promise<unknown>;
  resume(): Promise<unknown>;
  /** What every running worker does by itself: moves delayed jobs that are due to the waiting ones. */
  moveDueJobs(): Promise<unknown>;
  /** What every running worker does by itself: gives the jobs of workers that died back. */
  moveStalledJobs(): Promise<unknown>;
  /** Nobody renews the locks of these active jobs any more, and their time is over. */
  expireLocks(ids: readonly string[]): Promise<unknown>;
  /** Retries everything that failed for good. */
  retryAll(): Promise<unknown>;
  /** Jobs that wait, are delayed, or failed for good, in any order. */
  jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly TestJob[]>;
  /** What the library's own API makes of the numbers. */
  expected(): Promise<Expected>;
  empty(): Promise<unknown>;
  /** Closes what the tests opened beside the queue, such as a worker. */
  release(): Promise<unknown>;
}

/** Where a queue lives; on the Redis of the test run where nothing else is said. */
export interface Place {
  /** One that nothing else has where nothing is said. */
  readonly name?: string;
  readonly prefix?: string;
  readonly redis?: RedisAccess;
  /** A client for every queue that is given it; closed by whoever made it. */
  readonly cluster?: Cluster;
}

export interface BackendDriver<Q> {
  readonly library: string;
  /** The class under test. */
  readonly proc: ProcClass<Q>;
  /** What the exponential back-off makes of its delay after so many failures. */
  readonly growth: (failures: number) => number;
  /** Types of keys that every reading needs. */
  readonly keyTypes: readonly string[];

  /** The script of a worker in a process of its own, and its first arguments. */
  readonly worker: readonly string[];

  /** A queue of its own, closed by {@link close}. */
  open(place?: Place): TestQueue<Q>;
  /** A queue that the library's Nest module made. */
  of(queue: Q): TestQueue<Q>;
  /** Empties and closes whatever was opened. */
  close(): Promise<void>;

  /** The library's Nest module, with queues of these names. */
  module(redis: RedisAccess, ...names: string[]): DynamicModule[];
  /** The injection token of a queue of that module. */
  token(name: string): string;
}
