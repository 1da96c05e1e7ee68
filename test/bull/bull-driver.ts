import { BullModule, getQueueToken } from '@nestjs/bull';
import Bull, { type Job, type JobId, type Queue, type QueueOptions } from 'bull';
import scripts from 'bull/lib/scripts.js';
import type { Cluster } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { BullProc } from '../../lib/bull/index.js';
import { BULL_FAMILY_ABILITIES, type FamilyJob, type FamilyTestQueue } from '../bull-family/contract.js';
import type { Expected, JobOptions, TakenJob } from '../contract/jobs/driver.js';
import { RedisDriver, type Place } from '../contract/redis/driver.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import type { RedisAccess } from '../support/redis.js';

export class BullDriver extends RedisDriver<Queue> {
  readonly library = 'Bull 4';
  readonly proc = BullProc;
  readonly abilities = BULL_FAMILY_ABILITIES;
  readonly keyTypes = ['wait', 'active', 'delayed'];
  readonly worker = ['test/bull/bull-worker.ts', redisUrl()];
  readonly #opened: BullTestQueue[] = [];
  readonly #blocking: Cluster[] = [];

  readonly growth = (failures: number): number => 2 ** failures - 1;

  open(
    { name = `test-${randomUUID()}`, prefix, redis = redisAccess(), cluster }: Place = {},
    options: QueueOptions = {},
  ): BullTestQueue {
    const queue = new Bull(name, {
      redis,
      settings: { backoffStrategies: { own: () => 700 } },
      ...(prefix === undefined ? {} : { prefix }),
      ...(cluster ? { createClient: (type) => (type === 'bclient' ? this.#apart(cluster) : cluster) } : {}),
      ...options,
    });
    const opened = this.of(queue);
    this.#opened.push(opened);
    return opened;
  }

  of(queue: Queue): BullTestQueue {
    return new BullTestQueue(queue);
  }

  async close(): Promise<void> {
    const opened = this.#opened.splice(0);
    // One by one: they may be the same queue, opened twice.
    for (const queue of opened) {
      await queue.empty();
    }
    await Promise.all(opened.map(({ queue }) => queue.close()));
    this.#blocking.splice(0).forEach((client) => client.disconnect());
  }

  /** Bull cuts and reconnects the client with which it waits for jobs, and closes none that it was given. */
  #apart(cluster: Cluster): Cluster {
    const client = cluster.duplicate();
    this.#blocking.push(client);
    return client;
  }

  module(redis: RedisAccess, ...names: string[]) {
    return [BullModule.forRoot({ redis }), BullModule.registerQueue(...names.map((name) => ({ name })))];
  }

  token(name: string): string {
    return getQueueToken(name);
  }
}

export class BullTestQueue implements FamilyTestQueue<Queue> {
  constructor(readonly queue: Queue) {}

  get name(): string {
    return this.queue.name;
  }

  get client() {
    return this.queue.client;
  }

  key(type: string): string {
    return this.queue.toKey(type);
  }

  async add(options: JobOptions = {}, data: object = {}): Promise<FamilyJob> {
    return this.#handle(await this.queue.add(data, options));
  }

  addMany(count: number, options: JobOptions | ((index: number) => JobOptions) = {}): Promise<unknown> {
    return this.queue.addBulk(
      Array.from({ length: count }, (_, index) => ({
        data: {},
        opts: typeof options === 'function' ? options(index) : options,
      })),
    );
  }

  async repeat(ms: number): Promise<number> {
    const { timestamp, opts } = await this.queue.add({}, { repeat: { every: ms } });
    return timestamp + (opts.delay ?? 0);
  }

  async take(): Promise<TakenJob | undefined> {
    // It waits a while where the list is empty.
    const job = (await this.queue.client.llen(this.key('wait'))) > 0 ? await this.queue.getNextJob() : null;
    return job
      ? {
          complete: () => job.moveToCompleted('done', false, true),
          fail: () => job.moveToFailed({ message: 'failed by the test' }),
          stall: () => job.releaseLock(),
        }
      : undefined;
  }

  pause(): Promise<unknown> {
    return this.queue.pause();
  }

  resume(): Promise<unknown> {
    return this.queue.resume();
  }

  moveDueJobs(): Promise<unknown> {
    // Moves what is due by then for 1 ms.
    return scripts.updateDelaySet(this.queue, Date.now());
  }

  async moveStalledJobs(): Promise<void> {
    // It gives back what it saw without a lock at the look before.
    for (let look = 1; look <= 2; look++) {
      await this.client.del(this.key('stalled-check'));
      await scripts.moveUnlockedJobsToWait(this.queue);
    }
  }

  expireLocks(ids: readonly string[]): Promise<unknown> {
    return this.client.del(ids.map((id) => this.key(`${id}:lock`)));
  }

  async retryAll(): Promise<void> {
    // Bull's types do not know it.
    const retryJobs: unknown = Reflect.get(this.queue, 'retryJobs');
    if (typeof retryJobs !== 'function') {
      throw new Error('Bull has no retryJobs() any more');
    }
    await Reflect.apply(retryJobs, this.queue, []);
  }

  async jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly FamilyJob[]> {
    return (await this.queue.getJobs([state])).map((job) => this.#handle(job));
  }

  async expected(): Promise<Expected> {
    const now = Date.now();
    const active = await this.queue.getActiveCount();
    if (await this.queue.isPaused()) {
      return { size: active, sizeWithoutActive: 0, latency: 0 };
    }
    const [waiting, delayed] = await Promise.all([this.queue.getWaiting(), this.queue.getDelayed()]);
    const dueTimes = (await Promise.all(delayed.map(({ id }) => this.#dueTime(id)))).filter((due) => due <= now);
    const ready = waiting.length + dueTimes.length;
    const oldest = Math.min(...waiting.map((job) => readyTime(job, now)), ...dueTimes);
    return {
      size: ready + active,
      sizeWithoutActive: ready,
      latency: ready === 0 ? 0 : Math.max(now - oldest, 1) / 1000,
    };
  }

  async empty(): Promise<void> {
    await this.queue.resume();
    await this.queue.obliterate({ force: true });
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  /** The time when a job in back-off will be due: Bull's API does not give it. */
  async #dueTime(id: JobId): Promise<number> {
    return Math.floor(Number(await this.client.zscore(this.key('delayed'), `${id}`)) / 4096);
  }

  #handle(job: Job): FamilyJob {
    return {
      promote: () => job.promote(),
      remove: () => job.remove(),
      retry: async () => (await this.queue.getJob(job.id))?.retry(),
      vanish: () => this.client.del(this.key(`${job.id}`)),
    };
  }
}

function readyTime(job: Job, now: number): number {
  const { attemptsMade, opts } = job.toJSON();
  const retriedOn: unknown = Reflect.get(job, 'retriedOn');
  if (job.processedOn) {
    const backOff = attemptsMade === 0 ? 0 : backOffOf(opts.backoff, attemptsMade);
    return backOff === undefined ? now : job.processedOn + backOff;
  }
  if (typeof retriedOn === 'number') {
    return retriedOn;
  }
  // Retried in bulk: Bull does not keep when.
  return attemptsMade > 0 ? now : job.timestamp + (opts.delay ?? 0);
}

function backOffOf(backoff: Job['opts']['backoff'], attemptsMade: number): number | undefined {
  if (typeof backoff !== 'object') {
    return backoff ?? 0;
  }
  const delay = backoff.delay ?? 0;
  switch (backoff.type) {
    case 'fixed':
      return delay;
    case 'exponential':
      return Math.round((2 ** attemptsMade - 1) * delay);
    default:
      return undefined;
  }
}
