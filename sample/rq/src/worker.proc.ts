import { Inject } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { HireFireProc } from 'nestjs-hirefire';
import { RQProc } from 'nestjs-hirefire/rq';
import { REDIS } from './redis.module.js';

/** Reports to HireFire the jobs for `worker`, a process of the Procfile. */
@HireFireProc('worker')
export class WorkerProc extends RQProc {
  constructor(@Inject(REDIS) redis: Redis) {
    super(redis, 'high', 'default', 'low');
  }
}
