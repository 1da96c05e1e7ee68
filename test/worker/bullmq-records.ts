/** BullMQ's own records of jobs: its event stream, job hashes, locks and lists. */
import { Queue, Worker, type Job, type JobsOptions, type WorkerOptions } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';

/** A job that was handed back: no attempt, no stall, no failure, no name. */
export const UNTOUCHED = {
  name: null,
  attemptsStarted: '0',
  attemptsMade: null,
  stalls: null,
  failure: null,
  isLocked: 0,
  isActive: null,
  isStalled: 0,
};

export class BullMQRecords {
  readonly prefix = `drain-${randomUUID()}`;
  readonly #redis: Redis;
  readonly #opened: { close(): Promise<void> }[] = [];

  constructor(readonly url: string) {
    this.#redis = new Redis(url);
  }

  get connection() {
    return { url: this.url };
  }

  queue(name: string): Queue {
    const queue = new Queue(name, { connection: this.connection, prefix: this.prefix });
    this.#opened.push(queue);
    return queue;
  }

  async add(queue: string, how: string, options: JobsOptions = {}): Promise<void> {
    await this.queue(queue).add('test', { how }, { jobId: 'job', ...options });
  }

  /** A worker elsewhere that waits for a job; only news from the queue wakes it. */
  async takeOver(queue: string, options: Partial<WorkerOptions> = {}): Promise<void> {
    const { connection, prefix } = this;
    const work = (job: Job): Promise<void> => job.updateProgress('taken over');
    const worker = new Worker(queue, work, { connection, prefix, drainDelay: 3600, ...options });
    this.#opened.push(worker);
    await worker.waitUntilReady();
  }

  /** The events of a job. */
  async history(queue: string, id = 'job'): Promise<readonly string[]> {
    const entries = await this.#redis.xrange(this.#key(queue, 'events'), '-', '+');
    return entries.flatMap(([, fields]) => {
      const { jobId, event } = asObject(fields);
      return jobId === id && event !== undefined && !['added', 'progress'].includes(event) ? [event] : [];
    });
  }

  /** Resolves once a job has had an event so many times. */
  async had(queue: string, event: string, times = 1, id = 'job'): Promise<void> {
    const reader = this.#redis.duplicate();
    let last = '0-0';
    for (let left = times; left > 0;) {
      const [stream] = (await reader.xread('BLOCK', 0, 'STREAMS', this.#key(queue, 'events'), last)) ?? [];
      for (const [place, fields] of stream?.[1] ?? []) {
        last = place;
        const found = asObject(fields);
        left -= found.event === event && found.jobId === id ? 1 : 0;
      }
    }
    reader.disconnect();
  }

  async record(queue: string, id = 'job') {
    const key = this.#key(queue, id);
    const fields = ['pb', 'ats', 'atm', 'stc', 'failedReason'];
    const [name, attemptsStarted, attemptsMade, stalls, failure] = await this.#redis.hmget(key, ...fields);
    const [isLocked, isActive, isStalled] = await Promise.all([
      this.#redis.exists(`${key}:lock`),
      this.#redis.lpos(this.#key(queue, 'active'), id),
      this.#redis.sismember(this.#key(queue, 'stalled'), id),
    ]);
    return { name, attemptsStarted, attemptsMade, stalls, failure, isLocked, isActive, isStalled };
  }

  field(queue: string, field: string, id = 'job'): Promise<string | null> {
    return this.#redis.hget(this.#key(queue, id), field);
  }

  setField(queue: string, field: string, value: string, id = 'job'): Promise<number> {
    return this.#redis.hset(this.#key(queue, id), field, value);
  }

  /** The ids of a list or sorted set. */
  async ids(queue: string, list: string): Promise<readonly string[]> {
    const key = this.#key(queue, list);
    return list === 'prioritized' ? this.#redis.zrange(key, 0, -1) : (await this.#redis.lrange(key, 0, -1)).reverse();
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((one) => one.close()));
    this.#redis.disconnect();
  }

  #key(queue: string, rest: string): string {
    return `${this.prefix}:${queue}:${rest}`;
  }
}

function asObject(fields: readonly string[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Array.from({ length: fields.length / 2 }, (_, place) => [fields[2 * place] ?? '', fields[2 * place + 1]]),
  );
}
