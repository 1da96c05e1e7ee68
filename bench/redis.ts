/** A Redis with queues of Bull or BullMQ. */
import { Redis, type ChainableCommander } from 'ioredis';
import type { Proc } from 'nestjs-hirefire';
import { RedisServer } from '../tools/redis-server.js';
import type { Store } from './backends.js';

interface RedisQueue {
  toKey(type: string): string;
  addBulk(jobs: { name: string; data: object; opts: object }[]): Promise<unknown>;
  getJobCounts(): Promise<{ waiting?: number; active?: number; prioritized?: number }>;
  close(): Promise<void>;
}

interface RedisLibrary<Q> {
  open(name: string, port: number): Q;
  proc(queues: readonly Q[]): Proc;
  /** Of a paused queue one would need less, not more. */
  askPaused(pipeline: ChainableCommander, queue: Q): unknown;
  /** Sorted sets of jobs that wait, beside the list. */
  readonly sets: readonly string[];
  /** The oldest job of each type. */
  oldest(
    queue: Q,
  ): Promise<readonly { readonly timestamp: number; readonly opts: { readonly delay?: number | undefined } }[]>;
  peers?(port: number, names: readonly string[]): Store['peers'];
}

const AN_HOUR = 3_600_000;
const JOBS_PER_CALL = 10_000;

export async function startOnRedis<Q extends RedisQueue>(count: number, library: RedisLibrary<Q>): Promise<Store> {
  const server = await RedisServer.start();
  const redis = new Redis(server.port);
  const names = Array.from({ length: count }, (_, index) => `bench-${index}`);
  const queues = names.map((name) => library.open(name, server.port));

  return {
    add: async (place, jobs) => {
      const job = { name: 'compress', data: { file: 'typescript.js' }, opts: { timestamp: Date.now() - AN_HOUR } };
      for (let left = jobs; left > 0; left -= JOBS_PER_CALL) {
        await queues[place]?.addBulk(Array<typeof job>(Math.min(left, JOBS_PER_CALL)).fill(job));
      }
    },
    proc: (wanted) => library.proc(queues.slice(0, wanted)),
    floor: {
      size: async (wanted) => {
        const due = (Date.now() + 1) * 4096 - 1;
        const pipeline = redis.pipeline();
        for (const queue of queues.slice(0, wanted)) {
          library.askPaused(pipeline, queue);
          pipeline.llen(queue.toKey('active')).llen(queue.toKey('wait')).zcount(queue.toKey('delayed'), '-inf', due);
          library.sets.forEach((set) => pipeline.zcard(queue.toKey(set)));
        }
        return sumOf(await repliesOf(pipeline));
      },
      latency: async (wanted) => {
        const pipeline = redis.pipeline();
        for (const queue of queues.slice(0, wanted)) {
          library.askPaused(pipeline, queue);
          pipeline.lindex(queue.toKey('wait'), -1).zrange(queue.toKey('delayed'), 0, 0);
          library.sets.forEach((set) => pipeline.zrange(queue.toKey(set), 0, 0));
        }
        // Which jobs are the oldest is known now; how old they are takes a second pipeline.
        const heads = await repliesOf(pipeline);
        const jobs = redis.pipeline();
        heads.forEach((reply, index) => {
          const queue = queues[Math.floor((index * wanted) / heads.length)];
          const ids = [reply].flat().filter((id) => typeof id === 'string');
          ids.forEach((id) => jobs.hmget(queue?.toKey(id) ?? '', 'timestamp', 'delay'));
        });
        return ageOf((await repliesOf(jobs)).map((times) => sumOf([times].flat())));
      },
    },
    byHand: {
      size: async (wanted) => {
        const counts = await Promise.all(queues.slice(0, wanted).map((queue) => queue.getJobCounts()));
        return sumOf(counts.flatMap(({ waiting = 0, active = 0, prioritized = 0 }) => [waiting, active, prioritized]));
      },
      latency: async (wanted) => {
        const jobs = await Promise.all(queues.slice(0, wanted).map((queue) => library.oldest(queue)));
        return ageOf(jobs.flat().map(({ timestamp, opts: { delay = 0 } }) => timestamp + delay));
      },
    },
    peers: library.peers?.(server.port, names),
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
