/** Bull and BullMQ on a Redis. */
import Bull from 'bull';
import { Queue } from 'bullmq';
import { Redis, type ChainableCommander } from 'ioredis';
import type { Proc } from 'nestjs-hirefire';
import { BullProc } from 'nestjs-hirefire/bull';
import { BullMQProc } from 'nestjs-hirefire/bullmq';
import { RedisServer } from '../tools/redis-server.js';
import { NAMES, type Backend, type Store } from './polls.js';

interface RedisQueue {
  toKey(type: string): string;
  addBulk(jobs: { name: string; data: object; opts: object }[]): Promise<unknown>;
  getJobCounts(): Promise<{ waiting?: number; active?: number; prioritized?: number }>;
  close(): Promise<void>;
}

interface RedisLibrary<Q> {
  open(name: string, port: number): Q;
  proc(queues: readonly Q[]): Proc;
  /** A paused queue would need fewer commands, not more. */
  askPaused(pipeline: ChainableCommander, queue: Q): unknown;
  /** Sorted sets of waiting jobs, besides the list. */
  readonly sets: readonly string[];
  /** The oldest job of each type. */
  oldest(
    queue: Q,
  ): Promise<readonly { readonly timestamp: number; readonly opts: { readonly delay?: number | undefined } }[]>;
}

const AN_HOUR = 3_600_000;
const JOBS_PER_CALL = 10_000;

export const ON_REDIS: readonly Backend[] = [
  {
    name: 'Bull 4',
    backlog: 100_000,
    most: Infinity,
    start: () =>
      startOnRedis<Bull.Queue>({
        open: (name, port) => new Bull(name, { redis: { port } }),
        proc: (queues) => new BullProc(...queues),
        askPaused: (pipeline, queue) => pipeline.exists(queue.toKey('meta-paused')),
        sets: [],
        oldest: (queue) => queue.getJobs(['waiting', 'delayed'], 0, 0, true),
      }),
  },
  {
    name: 'BullMQ 6',
    backlog: 100_000,
    most: Infinity,
    start: () =>
      startOnRedis<Queue>({
        open: (name, port) => new Queue(name, { connection: { port } }),
        proc: (queues) => new BullMQProc(...queues),
        askPaused: (pipeline, queue) => pipeline.hexists(queue.toKey('meta'), 'paused'),
        sets: ['prioritized'],
        oldest: (queue) => queue.getJobs(['waiting', 'prioritized', 'delayed'], 0, 0, true),
      }),
  },
];

async function startOnRedis<Q extends RedisQueue>(library: RedisLibrary<Q>): Promise<Store> {
  const server = await RedisServer.start();
  const redis = new Redis(server.port);
  const queues = NAMES.map((name) => library.open(name, server.port));

  return {
    add: async (index, jobs) => {
      const job = { name: 'compress', data: { file: 'typescript.js' }, opts: { timestamp: Date.now() - AN_HOUR } };
      for (let left = jobs; left > 0; left -= JOBS_PER_CALL) {
        await queues[index]?.addBulk(Array<typeof job>(Math.min(left, JOBS_PER_CALL)).fill(job));
      }
    },
    proc: library.proc(queues),
    floor: {
      size: async () => {
        const due = (Date.now() + 1) * 4096 - 1;
        const pipeline = redis.pipeline();
        for (const queue of queues) {
          library.askPaused(pipeline, queue);
          pipeline.llen(queue.toKey('active')).llen(queue.toKey('wait')).zcount(queue.toKey('delayed'), '-inf', due);
          library.sets.forEach((set) => pipeline.zcard(queue.toKey(set)));
        }
        return sumOf(await repliesOf(pipeline));
      },
      latency: async () => {
        const pipeline = redis.pipeline();
        for (const queue of queues) {
          library.askPaused(pipeline, queue);
          pipeline.lindex(queue.toKey('wait'), -1).zrange(queue.toKey('delayed'), 0, 0);
          library.sets.forEach((set) => pipeline.zrange(queue.toKey(set), 0, 0));
        }
        // The first pipeline finds the oldest jobs; their age takes a second one.
        const heads = await repliesOf(pipeline);
        const jobs = redis.pipeline();
        heads.forEach((reply, index) => {
          const queue = queues[Math.floor((index * queues.length) / heads.length)];
          const ids = [reply].flat().filter((id) => typeof id === 'string');
          ids.forEach((id) => jobs.hmget(queue?.toKey(id) ?? '', 'timestamp', 'delay'));
        });
        return ageOf((await repliesOf(jobs)).map((times) => sumOf([times].flat())));
      },
    },
    byHand: {
      size: async () => {
        const counts = await Promise.all(queues.map((queue) => queue.getJobCounts()));
        return sumOf(counts.flatMap(({ waiting = 0, active = 0, prioritized = 0 }) => [waiting, active, prioritized]));
      },
      latency: async () => {
        const jobs = await Promise.all(queues.map((queue) => library.oldest(queue)));
        return ageOf(jobs.flat().map(({ timestamp, opts: { delay = 0 } }) => timestamp + delay));
      },
    },
    stop: async () => {
      await Promise.all(queues.map((queue) => queue.close()));
      redis.disconnect();
      await server.stop();
    },
  };
}

async function repliesOf(pipeline: ChainableCommander): Promise<unknown[]> {
  return ((await pipeline.exec()) ?? []).map(([error, reply]) => {
    if (error) {
      throw error;
    }
    return reply;
  });
}

/** Seconds since the first of these times; 0 where all are to come. */
function ageOf(times: readonly number[]): number {
  return Math.max(0, Date.now() - Math.min(...times)) / 1_000;
}

function sumOf(values: readonly unknown[]): number {
  return values.reduce<number>((sum, value) => sum + Number(value), 0);
}
