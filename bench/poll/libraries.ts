/** The queue libraries, each with what a poll of it needs at least. */
import { createRequire } from 'node:module';
import Bull from 'bull';
import { Redis, type ChainableCommander } from 'ioredis';
import type { Proc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';
import { BullMQProc } from 'nestjs-hirefire/bullmq';
import type { LibraryName } from './plan.js';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface NewJob {
  readonly name: string;
  readonly data: object;
  readonly opts: { readonly timestamp: number; readonly delay?: number; readonly priority?: number };
}

/** What queues of every library have. */
export interface BenchQueue {
  toKey(type: string): string;
  getJobCounts(): Promise<object>;
  addBulk(jobs: NewJob[]): Promise<unknown>;
  close(): Promise<void>;
}

export interface Library<Q extends BenchQueue> {
  open(name: string, connection: Redis | Address): Q;
  whenReady(queue: Q): Promise<unknown>;
  createProc(queues: readonly Q[]): Proc;
  /** Asks for what the size is the sum of; a paused queue would need a 0 instead, which costs no more to know. */
  askForSize(pipeline: ChainableCommander, queue: Q): void;
  /** Asks for the jobs of which one is the oldest, and for what else decides. */
  askForOldest(pipeline: ChainableCommander, queue: Q): void;
}

type BullMQQueue = ConstructorParameters<typeof BullMQProc>[number];
type BullMQQueueClass = new (name: string, options: { connection: Redis | Address }) => BullMQQueue;

/** The highest score of a delayed job that is due. */
function due(): number {
  return (Date.now() + 1) * 4096 - 1;
}

const BULL: Library<Bull.Queue> = {
  open: (name, connection) =>
    new Bull(name, connection instanceof Redis ? { createClient: () => connection } : { redis: { ...connection } }),
  whenReady: (queue) => queue.isReady(),
  createProc: (queues) => new BullProc(...queues),
  askForSize: (pipeline, queue) => {
    const prefix = queue.toKey('');
    pipeline
      .exists(`${prefix}meta-paused`)
      .llen(`${prefix}active`)
      .llen(`${prefix}wait`)
      .zcount(`${prefix}delayed`, '-inf', due());
  },
  askForOldest: (pipeline, queue) => {
    const prefix = queue.toKey('');
    pipeline.exists(`${prefix}meta-paused`).zrange(`${prefix}delayed`, 0, 0, 'WITHSCORES').lindex(`${prefix}wait`, -1);
  },
};

function bullMQ(module: string): Library<BullMQQueue> {
  // Below bench/, the name of the library means the version that the agent of Judoscale asks for.
  const require = createRequire(new URL('../../package.json', import.meta.url));
  const { Queue } = require(module) as { Queue: BullMQQueueClass };
  return {
    open: (name, connection) => new Queue(name, { connection }),
    whenReady: (queue) => queue.waitUntilReady(),
    createProc: (queues) => new BullMQProc(...queues),
    askForSize: (pipeline, queue) => {
      const prefix = queue.toKey('');
      pipeline
        .hexists(`${prefix}meta`, 'paused')
        .llen(`${prefix}active`)
        .llen(`${prefix}wait`)
        .zcard(`${prefix}prioritized`)
        .zcount(`${prefix}delayed`, '-inf', due());
    },
    askForOldest: (pipeline, queue) => {
      const prefix = queue.toKey('');
      pipeline
        .hexists(`${prefix}meta`, 'paused')
        .zrange(`${prefix}delayed`, 0, 0, 'WITHSCORES')
        .lindex(`${prefix}wait`, -1)
        .zrange(`${prefix}prioritized`, 0, 0);
    },
  };
}

/** Calls a function with a library and the type of its queues. */
export function withLibrary<Result>(
  name: LibraryName,
  use: <Q extends BenchQueue>(library: Library<Q>) => Result,
): Result {
  switch (name) {
    case 'bull':
      return use(BULL);
    case 'bullmq-5':
      return use(bullMQ('bullmq-5'));
    case 'bullmq-6':
      return use(bullMQ('bullmq'));
  }
}

const COUNTED = ['waiting', 'active', 'prioritized'];

/** What one makes of a library's counts by hand. They don't tell which of the delayed jobs are due. */
export function sizeOf(counts: object): number {
  return sumOf(COUNTED.map((name): unknown => Reflect.get(counts, name) ?? 0));
}

export function sumOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}
