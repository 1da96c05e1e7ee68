import { hasMembers, isArray, isObject, propertyOf } from '../hirefire.unknown.js';
import { clientAtHand, clientOf } from '../redis/clients/bullmq-client.js';
import { RedisConnection } from '../redis/redis-connection.js';
import type { RedisScript } from '../redis/redis-script.js';
import { HAND_BACK, NAME_JOBS } from './bullmq-worker.script.js';
import { killChildren } from './children.js';
import { MAX_FETCH_TIME, NEVER, silence, type DrainableWorker } from './library.js';

/** The members of BullMQ's Worker that 5.0 to 6 have. */
export interface BullMQWorker {
  readonly id: string;
  readonly name: string;
  readonly opts: object;
  readonly closed?: unknown;
  /** The class of its jobs. */
  readonly Job?: unknown;
  readonly childPool?: unknown;
  readonly lockManager?: unknown;
  processFn?: unknown;
  processJob(...args: unknown[]): Promise<unknown>;
  /** Since 5.3, it takes the worker's name. */
  moveToActive(...args: unknown[]): Promise<unknown>;
  toKey(type: string): string;
  waitUntilReady(): Promise<unknown>;
  isPaused(): boolean;
  pause(): Promise<void>;
  resume: unknown;
  whenCurrentJobsFinished?(reconnect: boolean): Promise<void>;
  close(force?: boolean): Promise<void>;
  cancelJob?(id: string, reason?: string): boolean;
  getBackend?(): unknown;
  once(event: 'closed', listener: () => void): unknown;
}

/** Methods of a job that write. moveToCompleted() is not among them: it checks the lock, and so knows better than we. */
const WRITES = [
  ...['moveToFailed', 'moveToDelayed', 'moveToWait', 'moveToWaitingChildren', 'retry', 'promote', 'remove'],
  ...['updateProgress', 'updateData', 'log', 'clearLogs', 'extendLock', 'changeDelay', 'changePriority'],
  ...['removeChildDependency', 'removeUnprocessedChildren', 'removeDeduplicationKey'],
];

export function isBullMQWorker(value: unknown): value is BullMQWorker {
  return (
    hasMembers(value, { id: 'string', name: 'string', opts: 'object', toKey: 'function', pause: 'function' }) &&
    hasMembers(value, { processJob: 'function', moveToActive: 'function', isPaused: 'function' }) &&
    hasMembers(value, { waitUntilReady: 'function' }) &&
    hasMembers(value, { getNextJob: 'function', close: 'function', once: 'function' })
  );
}

/** A worker of BullMQ 5 or 6 on Redis. */
export class DrainableBullMQWorker implements DrainableWorker {
  readonly closed: Promise<unknown>;
  readonly #runs = new Set<string>();
  /** Jobs that were given their signal, and those of them that have thrown since. */
  readonly #aborted = new Set<string>();
  readonly #thrown = new Set<string>();
  #stoppedAt = 0;
  #hasEnded = false;

  constructor(
    private readonly worker: BullMQWorker,
    name: string,
  ) {
    this.closed = worker.closed === true ? Promise.resolve() : new Promise<void>((end) => worker.once('closed', end));
    this.#watchRuns();
    this.#setName(name);
  }

  get queue(): string {
    return this.worker.name;
  }

  running(): readonly string[] {
    return [...new Set([...this.#runs.keys(), ...this.#lockedIds()])];
  }

  stop(): void {
    this.#stoppedAt = performance.now();
    // The app may pause its worker for a while.
    this.worker.resume = async () => undefined;
    // BullMQ may crash when it is closed while its connections are still being made.
    Promise.all([this.#pause(), this.worker.waitUntilReady()]).then(
      () => (this.#hasEnded = true),
      () => undefined,
    );
  }

  isDone(): boolean {
    // With the broker away, pause() waits for it.
    const isOverdue = performance.now() - this.#stoppedAt > MAX_FETCH_TIME;
    return (
      this.#hasEnded ||
      (isOverdue && isObject(this.worker.lockManager) && this.running().every((id) => this.#thrown.has(id)))
    );
  }

  abort(): void {
    this.#silence(['moveToFailed'], (id) => {
      const isLate = this.#aborted.has(id);
      if (isLate) {
        this.#thrown.add(id);
      }
      return isLate;
    });
    for (const id of this.running()) {
      if (this.worker.cancelJob?.(id, 'The worker is shutting down') === true) {
        this.#aborted.add(id);
      }
    }
  }

  async handBack(): Promise<readonly string[]> {
    if (!this.#hasEnded) {
      // First of all, because a job may be fetched right now, and the death of a child is a failure.
      this.worker.processFn = () => NEVER;
      this.#silence(WRITES, () => true);
      killChildren(this.worker.childPool);
    }
    const handedBack = await this.#run(HAND_BACK, this.worker.getBackend ? '0' : '1');
    return isArray(handedBack) ? handedBack.map(String).reverse() : [];
  }

  get whySilent(): string {
    return RedisConnection.of(clientAtHand(this.worker))?.whyWaiting?.message ?? 'Redis did not answer';
  }

  leave(): void {
    if (!this.#hasEnded) {
      this.worker.close(true).catch(() => undefined);
    }
  }

  /** Cuts the blocking fetch off and waits for the running jobs. pause(true) does neither, and its fetch takes another job. */
  #pause(): Promise<void> {
    // Of a worker that the app has paused, pause() waits for nothing.
    return this.worker.isPaused() ? (this.worker.whenCurrentJobsFinished?.(false) ?? NEVER) : this.worker.pause();
  }

  #watchRuns(): void {
    const processJob = this.worker.processJob.bind(this.worker);
    this.worker.processJob = async (...args) => {
      const id = String(propertyOf(args[0], 'id'));
      this.#runs.add(id);
      if (propertyOf(args[0], 'processedBy') !== propertyOf(this.worker.opts, 'name')) {
        // Its fetch was under way when the worker got its name: an earlier run may have left another.
        this.#nameJobs();
      }
      try {
        return await processJob(...args);
      } finally {
        this.#runs.delete(id);
      }
    };
  }

  /** Jobs that were started before the runs were watched are known by their locks, since BullMQ 5.63. */
  #lockedIds(): readonly string[] {
    const tracked = propertyOf(this.worker.lockManager, 'trackedJobs');
    return tracked instanceof Map ? Array.from<unknown, string>(tracked.keys(), String) : [];
  }

  /** A name that the app gave the worker wins. */
  #setName(name: string): void {
    if (propertyOf(this.worker.opts, 'name') === undefined) {
      Reflect.set(this.worker.opts, 'name', name);
    }
    this.#nameJobs();
  }

  /** BullMQ before 5.3 would leave the name there for a later run in another worker. */
  #nameJobs(): void {
    if (!this.worker.getBackend && this.worker.moveToActive.length < 3) {
      return;
    }
    this.#run(NAME_JOBS, String(propertyOf(this.worker.opts, 'name'))).catch(() => undefined);
  }

  async #run(script: RedisScript, argument: string): Promise<unknown> {
    const connection = RedisConnection.of(clientAtHand(this.worker) ?? (await clientOf(this.worker)));
    if (!connection) {
      throw new Error(`BullMQ keeps the queue ${this.queue} in another store than Redis`);
    }
    const keys = [this.worker.toKey('active'), this.worker.toKey('meta')];
    return connection.run(script, keys, [this.worker.toKey(''), `${this.worker.id}:`, argument]);
  }

  #silence(methods: readonly string[], isGone: (id: string) => boolean): void {
    const isOurs = (job: object): boolean => propertyOf(job, 'queue') === this.worker;
    silence(this.worker.Job, methods, (job) => isOurs(job) && isGone(String(propertyOf(job, 'id'))));
  }
}
