import { BullModule, getQueueToken } from '@nestjs/bullmq';
import { Queue, Worker, type Job, type QueueOptions, type WorkerOptions } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { BullMQProc } from '../../lib/bullmq/index.js';
import { BULL_FAMILY_ABILITIES, type FamilyJob, type FamilyTestQueue } from '../bull-family/contract.js';
import type { Expected, JobOptions, TakenJob } from '../contract/jobs/driver.js';
import { RedisDriver, type Place } from '../contract/redis/driver.js';
import { redisAccess, redisUrl } from '../support/file-redis.js';
import type { RedisAccess } from '../support/redis.js';
import { clientOf, promisedClientOf, type QueueClient } from './client.js';
import { BULLMQ_MAJOR } from './major.js';

export class BullMQDriver extends RedisDriver<Queue> {
  readonly library = `BullMQ ${BULLMQ_MAJOR}`;
  readonly proc = BullMQProc;
  readonly abilities = BULL_FAMILY_ABILITIES;
  readonly keyTypes = ['wait', 'active', 'prioritized', 'delayed', 'meta'];
  override readonly perPoll = 2;
  readonly worker = ['test/bullmq/bullmq-worker.ts', `${BULLMQ_MAJOR}`, redisUrl()];
  readonly #opened: BullMQTestQueue[] = [];

  readonly growth = (failures: number): number => 2 ** (failures - 1);

  open(
    { name = `test-${randomUUID()}`, prefix, redis = redisAccess(), cluster }: Place = {},
    options: Partial<QueueOptions> = {},
    ofWorker: Partial<WorkerOptions> = {},
  ): BullMQTestQueue {
    const queue = new Queue(name, {
      connection: cluster ?? { ...redis },
      ...(prefix === undefined ? {} : { prefix }),
      ...options,
    });
    const opened = new BullMQTestQueue(queue, ofWorker);
    this.#opened.push(opened);
    return opened;
  }

  override openNamed(place: Place, name: string): BullMQTestQueue {
    return this.open(place, {}, { name });
  }

  of(queue: Queue): BullMQTestQueue {
    return new BullMQTestQueue(queue);
  }

  async close(): Promise<void> {
    const opened = this.#opened.splice(0);
    // One by one: they may be the same queue, opened twice.
    for (const queue of opened) {
      await queue.empty();
    }
    await Promise.all(
      opened.map(async (tested) => {
        await tested.release();
        await tested.queue.close();
      }),
    );
  }

  module(redis: RedisAccess, ...names: string[]) {
    return [
      BullModule.forRoot({ connection: { ...redis } }),
      BullModule.registerQueue(...names.map((name) => ({ name }))),
    ];
  }

  token(name: string): string {
    return getQueueToken(name);
  }
}

export class BullMQTestQueue implements FamilyTestQueue<Queue> {
  /** By which its worker locks jobs. */
  readonly token = randomUUID();
  #worker: Worker | undefined;

  constructor(
    readonly queue: Queue,
    private readonly ofWorker: Partial<WorkerOptions> = {},
  ) {
    // Without a listener, BullMQ prints them.
    queue.on('error', () => undefined);
  }

  get name(): string {
    return this.queue.name;
  }

  get client(): QueueClient {
    return clientOf(this.queue);
  }

  key(type: string): string {
    return this.queue.toKey(type);
  }

  async add(options: JobOptions = {}): Promise<FamilyJob> {
    return this.#handle(await this.queue.add('test', {}, options));
  }

  addMany(count: number, options: JobOptions | ((index: number) => JobOptions) = {}): Promise<unknown> {
    return this.queue.addBulk(
      Array.from({ length: count }, (_, index) => ({
        name: 'test',
        data: {},
        opts: typeof options === 'function' ? options(index) : options,
      })),
    );
  }

  async repeat(ms: number): Promise<number> {
    const job = await this.queue.upsertJobScheduler('test', { every: ms, startDate: Date.now() + ms });
    return this.dueTime(`${job.id}`);
  }

  async take(): Promise<TakenJob | undefined> {
    // Its type says that there always is one.
    const jobs: Job[] = [await this.takeJob()];
    const [job] = jobs;
    return (
      job && {
        complete: () => job.moveToCompleted('done', this.token, false),
        fail: () => job.moveToFailed(new Error('failed by the test'), this.token, false),
        stall: () => this.client.del(`${this.key(`${job.id}`)}:lock`),
      }
    );
  }

  /** The next job of the queue, which has one, as BullMQ gives it to a worker. */
  async takeJob(): Promise<Job> {
    return this.worker.getNextJob(this.token, { block: false });
  }

  /** The client as BullMQ's public API gives it: a promise. */
  get promisedClient(): unknown {
    return promisedClientOf(this.queue);
  }

  /** A worker that takes a job only when a test asks for it. */
  get worker(): Worker {
    const { connection, prefix } = this.queue.opts;
    this.#worker ??= new Worker(this.queue.name, null, {
      autorun: false,
      connection,
      ...(prefix === undefined ? {} : { prefix }),
      maxStalledCount: 1000,
      settings: { backoffStrategy: () => 700 },
      ...this.ofWorker,
    }).on('error', () => undefined);
    return this.#worker;
  }

  pause(): Promise<unknown> {
    return this.queue.pause();
  }

  resume(): Promise<unknown> {
    return this.queue.resume();
  }

  async moveDueJobs(): Promise<void> {
    // A worker moves them when it asks for a job, also where it may have none.
    await this.queue.setGlobalConcurrency(0);
    await this.worker.getNextJob(this.token, { block: false });
    await this.queue.removeGlobalConcurrency();
  }

  async moveStalledJobs(): Promise<void> {
    const move: unknown = Reflect.get(this.worker, 'moveStalledJobsToWait');
    if (typeof move !== 'function') {
      throw new Error('the worker of BullMQ has no moveStalledJobsToWait() any more');
    }
    // It gives back what it saw without a lock at the look before.
    for (let look = 1; look <= 2; look++) {
      await this.client.del(this.key('stalled-check'));
      await Reflect.apply(move, this.worker, []);
    }
  }

  expireLocks(ids: readonly string[]): Promise<unknown> {
    return this.client.del(ids.map((id) => this.key(`${id}:lock`)));
  }

  retryAll(): Promise<unknown> {
    return this.queue.retryJobs();
  }

  async jobs(state: 'waiting' | 'delayed' | 'failed'): Promise<readonly FamilyJob[]> {
    const jobs = await this.queue.getJobs(state === 'waiting' ? ['waiting', 'prioritized'] : [state]);
    return jobs.map((job) => this.#handle(job));
  }

  async expected(): Promise<Expected> {
    const now = Date.now();
    const active = await this.queue.getActiveCount();
    if (await this.queue.isPaused()) {
      return { size: active, sizeWithoutActive: 0, latency: 0 };
    }
    const [waiting, prioritized, delayed] = await Promise.all([
      this.queue.getWaiting(),
      this.queue.getPrioritized(),
      this.queue.getDelayed(),
    ]);
    const dueTimes = (await Promise.all(delayed.map(({ id }) => this.dueTime(`${id}`)))).filter((due) => due <= now);
    const ready = waiting.length + prioritized.length + dueTimes.length;
    const oldest = Math.min(...[...waiting, ...prioritized].map((job) => readyTime(job, now)), ...dueTimes);
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

  async release(): Promise<void> {
    await this.#worker?.close(true);
  }

  /** The time when a job in back-off will be due: BullMQ's API does not give it. */
  async dueTime(id: string): Promise<number> {
    return Math.floor(Number(await this.client.zscore(this.key('delayed'), id)) / 4096);
  }

  #handle(job: Job): FamilyJob {
    return {
      promote: () => job.promote(),
      remove: () => job.remove(),
      retry: () => job.retry(),
      vanish: () => this.client.del(this.key(`${job.id}`)),
    };
  }
}

function readyTime(job: Job, now: number): number {
  const { attemptsMade, attemptsStarted, stalledCounter, opts, processedOn } = job;
  if (processedOn === undefined) {
    // Retried by hand: BullMQ does not keep when.
    return attemptsMade > 0 || attemptsStarted > 0 ? now : job.timestamp + (opts.delay ?? 0);
  }
  if (attemptsStarted > attemptsMade + stalledCounter) {
    return now;
  }
  const backOff = attemptsMade === 0 ? 0 : backOffOf(opts.backoff, attemptsMade);
  return backOff === undefined ? now : processedOn + backOff;
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
      return Math.round(2 ** (attemptsMade - 1) * delay);
    default:
      return undefined;
  }
}
