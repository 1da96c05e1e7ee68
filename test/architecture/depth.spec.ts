/** A class of an app stands on the library's, which stands on QueueProc, so that no one has to look further for a method. */
import { expect, it } from '@jest/globals';
import { BullProc } from '../../lib/bull/index.js';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { CeleryProc } from '../../lib/celery/index.js';
import { GraphileWorkerProc } from '../../lib/graphile-worker/index.js';
import { Proc, QueueProc } from '../../lib/index.js';
import { PgBossProc } from '../../lib/pg-boss/index.js';
import { RabbitMQProc } from '../../lib/rabbitmq/index.js';
import { RedisListProc } from '../../lib/redis-list/index.js';
import { RQProc } from '../../lib/rq/index.js';
import { SidekiqProc } from '../../lib/sidekiq/index.js';
import { SqsProc } from '../../lib/sqs/index.js';

const LIBRARIES = [
  ...[BullProc, BullMQProc, RQProc, CeleryProc, SidekiqProc],
  ...[RedisListProc, PgBossProc, GraphileWorkerProc, RabbitMQProc, SqsProc],
].map((libraryClass) => ({ name: libraryClass.name, libraryClass }));

it.each(LIBRARIES)('$name extends QueueProc itself', ({ libraryClass }) => {
  expect(Object.getPrototypeOf(libraryClass)).toBe(QueueProc);
});

it('QueueProc extends Proc itself', () => {
  expect(Object.getPrototypeOf(QueueProc)).toBe(Proc);
});
