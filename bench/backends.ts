/** The backends whose polls are measured: another one is another entry of the table. */
import { Queue } from 'bullmq';
import Bull from 'bull';
import type { Metric, Proc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';
import { BullMQProc } from 'nestjs-hirefire/bullmq';
import { judoscale } from './judoscale/judoscale.js';
import { startOnPgBoss } from './pg-boss.js';
import { startOnRedis } from './redis.js';

/** Ways to read the first so many queues of a store; the latency in seconds. */
export type Reads = Readonly<Partial<Record<Metric, (queues: number) => Promise<number>>>>;

/** A store of its own with queues in it, opened as an app does. */
export interface Store {
  /** Adds jobs to the queue with that index, as the library does; nobody takes them. */
  add(queue: number, jobs: number): Promise<unknown>;
  /** How many jobs it counts of a queue at most, where that is not all of them. */
  readonly most?: number;
  /** A proc over the first so many queues. */
  proc(queues: number): Proc;
  /** The least that the store can be asked: bare commands or one statement, over one connection. */
  readonly floor: Reads;
  /** The library's own API. */
  readonly byHand?: Reads;
  /** Other packages, by name. */
  readonly peers?: Readonly<Record<string, Reads>> | undefined;
  stop(): Promise<unknown>;
}

export interface Backend {
  readonly name: string;
  /** @param queues - how many, all of them empty */
  start(queues: number): Promise<Store>;
}

export const BACKENDS: readonly Backend[] = [
  {
    name: 'Bull 4',
    start: (queues) =>
      startOnRedis<Bull.Queue>(queues, {
        open: (name, port) => new Bull(name, { redis: { port } }),
        proc: (all) => new BullProc(...all),
        askPaused: (pipeline, queue) => pipeline.exists(queue.toKey('meta-paused')),
        sets: [],
        oldest: (queue) => queue.getJobs(['waiting', 'delayed'], 0, 0, true),
      }),
  },
  {
    name: 'BullMQ 6',
    start: (queues) =>
      startOnRedis<Queue>(queues, {
        open: (name, port) => new Queue(name, { connection: { port } }),
        proc: (all) => new BullMQProc(...all),
        askPaused: (pipeline, queue) => pipeline.hexists(queue.toKey('meta'), 'paused'),
        sets: ['prioritized'],
        oldest: (queue) => queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, 0, true),
        peers: (port, names) => ({ 'judoscale-bullmq': { size: judoscale(port, names) } }),
      }),
  },
  { name: 'pg-boss 12', start: startOnPgBoss },
];
