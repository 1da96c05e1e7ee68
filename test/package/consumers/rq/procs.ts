/** Procs over queues of RQ, as a user writes them; and one of each other library whose workers speak another language. */
import { Inject } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { HireFireProc } from 'nestjs-hirefire';
import { CeleryProc } from 'nestjs-hirefire/celery';
import { RedisListProc } from 'nestjs-hirefire/redis-list';
import { RQProc } from 'nestjs-hirefire/rq';
import { SidekiqProc } from 'nestjs-hirefire/sidekiq';
import type { createClient } from 'redis';

export const REDIS = 'REDIS';

/** Apart from what others have in the same Redis. */
export const queueName = (name: string): string => `${process.env.BULL_PREFIX ?? 'app'}-${name}`;

@HireFireProc('worker')
export class WorkerProc extends RQProc {
  constructor(@Inject(REDIS) redis: Redis) {
    super(redis, queueName('mail'), queueName('images'));
  }
}

@HireFireProc('lean', { skipActive: true })
export class LeanProc extends RQProc {
  constructor(@Inject(REDIS) redis: Redis) {
    super(redis, queueName('mail'), queueName('images'));
  }
}

@HireFireProc('backlog', { metric: 'latency' })
export class BacklogProc extends RQProc {
  constructor(@Inject(REDIS) redis: Redis) {
    super(redis, queueName('images'));
  }
}

@HireFireProc('idle', { metric: 'latency' })
export class IdleProc extends RQProc {
  constructor(@Inject(REDIS) redis: Redis) {
    super(redis, queueName('idle'));
  }
}

export const PROCS = [WorkerProc, LeanProc, BacklogProc, IdleProc];

@HireFireProc('tasks', { skipActive: true })
export class TasksProc extends CeleryProc {
  constructor(redis: ReturnType<typeof createClient>) {
    super(redis, { priority_steps: [0, 5], global_keyprefix: 'app:' }, 'celery', 'mail');
  }
}

@HireFireProc('ruby', { metric: 'latency' })
export class RubyProc extends SidekiqProc {
  constructor(redis: Redis) {
    super(redis, { namespace: 'app' }, 'default');
  }
}

@HireFireProc('lists', { skipActive: true })
export class ListsProc extends RedisListProc {
  constructor(redis: Redis) {
    super(redis, { schedule: 'huey.schedule.app' }, 'huey.redis.app');
  }
}
