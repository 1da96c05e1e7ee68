import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

/** The part of a queue's ioredis that the tests need, as BullMQ wraps it. */
export type QueueClient = Pick<
  Redis,
  | 'status'
  | 'stream'
  | 'once'
  | 'on'
  | 'ping'
  | 'disconnect'
  | 'del'
  | 'llen'
  | 'lpush'
  | 'rpush'
  | 'zscore'
  | 'select'
  | 'client'
>;

/** The client of a queue, also before it is connected, when BullMQ itself has but a promise of it. */
export function clientOf(queue: Queue): QueueClient {
  const client: unknown = Reflect.get(Object(Reflect.get(backendOf(queue), 'connection')), '_client');
  if (!isClient(client)) {
    throw new Error('the queue of BullMQ has no client of ioredis any more');
  }
  return client;
}

export function promisedClientOf(queue: Queue): unknown {
  return Reflect.get(backendOf(queue), 'client');
}

function backendOf(queue: Queue): object {
  const getBackend: unknown = Reflect.get(queue, 'getBackend');
  const backend: unknown = typeof getBackend === 'function' ? Reflect.apply(getBackend, queue, []) : queue;
  return typeof backend === 'object' && backend !== null ? backend : queue;
}

function isClient(value: unknown): value is QueueClient {
  return typeof value === 'object' && value !== null && 'zscore' in value;
}
