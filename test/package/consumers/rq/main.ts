/** Fills queues in a real Redis as RQ does, asks the app as HireFire would, and prints its answer. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { AppModule } from './app.module.js';
import { queueName, REDIS } from './procs.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  await app.listen(0, '127.0.0.1');
  const redis: Redis = app.get(REDIS);
  const now = Math.floor(Date.now() / 1000);
  const aMinuteAgo = new Date(Date.now() - 60_000).toISOString().replace('Z', '000Z');
  const [mail, images] = [queueName('mail'), queueName('images')];

  await redis.rpush(`rq:queue:${mail}`, `${mail}:1`, `${mail}:2`);
  await redis.zadd(`rq:wip:${mail}`, now + 90, `${mail}:started`, now - 1, `${mail}:abandoned`);
  await redis.zadd(`rq:scheduled:${mail}`, now + 3600, `${mail}:not-due`);
  await redis.rpush(`rq:queue:${images}`, `${images}:1`, `${images}:2`);
  await redis.hset(`rq:job:${images}:1`, 'enqueued_at', aMinuteAgo);

  const response = await fetch(`${await app.getUrl()}/hirefire/development/info`);
  console.log(await response.text());

  await redis.del(
    `rq:queue:${mail}`,
    `rq:wip:${mail}`,
    `rq:scheduled:${mail}`,
    `rq:queue:${images}`,
    `rq:job:${images}:1`,
  );
  await app.close();
  redis.disconnect();
}

void main();
