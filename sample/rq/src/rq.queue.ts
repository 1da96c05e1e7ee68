import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { REDIS } from './redis.module.js';

/** A call of a Python function, as RQ's JSONSerializer writes it. */
export interface RqCall {
  /** Module and function, such as `jobs.compress`. */
  readonly func: string;
  readonly args: readonly (string | number | boolean | null)[];
}

/** Seconds after which RQ takes a job for stuck. */
const TIMEOUT = 600;
const RETRIES = 3;

/** Enqueues jobs for RQ 1 or 2, whose workers run with `--serializer rq.serializers.JSONSerializer`. */
@Injectable()
export class RqQueue {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** All of them in one round trip. */
  async enqueue(queue: string, calls: readonly RqCall[]): Promise<void> {
    const now = new Date().toISOString().replace('Z', '000Z');
    const batch = this.redis.multi();
    batch.sadd('rq:queues', `rq:queue:${queue}`);
    for (const { func, args } of calls) {
      const id = randomUUID();
      batch.hset(`rq:job:${id}`, {
        // Function, instance, arguments, keyword arguments.
        data: JSON.stringify([func, null, args, {}]),
        created_at: now,
        enqueued_at: now,
        origin: queue,
        description: `${func}(${args.join(', ')})`,
        status: 'queued',
        timeout: TIMEOUT,
        retries_left: RETRIES,
      });
      batch.rpush(`rq:queue:${queue}`, id);
    }
    await batch.exec();
  }
}
