import { setImmediate as tick, setTimeout as sleep } from 'node:timers/promises';
import { hasMembers, isArray, isObject, propertyOf } from '../hirefire.unknown.js';
import { RedisConnection } from '../redis/redis-connection.js';
import type { RedisScript } from '../redis/redis-script.js';
import { HAND_BACK, OWN_JOBS } from './bull-hand-back.script.js';
import { killChildren } from './children.js';
import { isMethod, type Method, MAX_FETCH_TIME, NEVER, silence, type DrainableWorker } from './library.js';

/** The members of Bull 4's Queue, which is worker and producer in one, and those of its blocking client. */
export interface BullQueue {
  readonly name: string;
  readonly token: string;
  readonly handlers: Record<string, unknown>;
  /** Its loops, each of which waits for a job or runs one. */
  readonly processing: object;
  readonly timers?: unknown;
  readonly client: unknown;
  readonly bclient: unknown;
  readonly bclientInitialized?: unknown;
  readonly childPool?: unknown;
  readonly closed?: unknown;
  /** Its loops wait for it. */
  paused?: unknown;
  toKey(type: string): string;
  close(doNotWaitJobs?: boolean): Promise<void>;
  once(event: 'close', listener: () => void): unknown;
}

interface BlockingClient {
  readonly status?: unknown;
  client(...args: string[]): Promise<unknown>;
  on(event: 'ready', listener: () => void): unknown;
  once(event: 'end', listener: () => void): unknown;
  disconnect(): void;
}

/** ms between two tries to end a blocking fetch: a queue has one for each job that it may run at a time. */
const UNBLOCK_INTERVAL = 20;

/** ms in which a connection ends. */
const CUT_TIME = 300;

/** ms between two looks for the blocking client. */
const CLIENT_INTERVAL = 100;

/** Methods of a job that write. moveToCompleted() is not among them: it checks the lock, and so knows better than we. */
const WRITES = [
  ...['moveToFailed', 'moveToDelayed', 'progress', 'update', 'log', 'releaseLock', 'takeLock', 'extendLock'],
  ...['remove', 'retry', 'promote'],
];

export function isBullQueue(value: unknown): value is BullQueue {
  return (
    hasMembers(value, { name: 'string', token: 'string', handlers: 'object', processing: 'object' }) &&
    hasMembers(value, { toKey: 'function', process: 'function', isReady: 'function', close: 'function' })
  );
}

/** True if the queue works on its jobs, and does not only add them. */
export function hasProcessor({ handlers }: BullQueue): boolean {
  return Object.keys(handlers).length > 0;
}

/** The workers of a queue of Bull 4. */
export class DrainableBullQueue implements DrainableWorker {
  readonly closed: Promise<unknown>;
  readonly #runs = new Set<string>();
  readonly #watched = new WeakSet<object>();
  /** The jobs that ran before they were watched; not known at once. */
  #earlier: ReadonlySet<string> | undefined = new Set();
  /** Bull crashes when it is closed before its loops have begun. */
  readonly #begun: Promise<void>;
  #begin: () => void = () => undefined;
  #blockingId: string | undefined;
  #stoppedAt = 0;
  #hasEnded = false;

  constructor(private readonly owner: BullQueue) {
    this.closed = owner.closed === true ? Promise.resolve() : new Promise<void>((end) => owner.once('close', end));
    // Now, to know why a connection was lost.
    RedisConnection.of(owner.client);
    this.#watchRuns();
    this.#noteEarlierRuns();
    this.#begun = new Promise((begin) => (this.#begin = begin));
    this.#noteBlockingId();
  }

  get queue(): string {
    return this.owner.name;
  }

  get whySilent(): string {
    return RedisConnection.of(this.owner.client)?.whyWaiting?.message ?? 'Redis did not answer';
  }

  running(): readonly string[] {
    return [...new Set([...(this.#earlier ?? []), ...this.#runs])];
  }

  stop(): void {
    this.#stoppedAt = performance.now();
    // A processor may have come since.
    this.#watchRuns();
    // As pause(true) does, which also cuts the blocking fetch off and then loses the job that Redis was giving it.
    this.owner.paused = NEVER;
    void this.#end();
  }

  isDone(): boolean {
    const isOverdue = performance.now() - this.#stoppedAt > MAX_FETCH_TIME;
    return this.#hasEnded || (isOverdue && this.#earlier !== undefined && this.running().length === 0);
  }

  abort(): void {
    // Bull has no AbortSignal.
  }

  async handBack(): Promise<readonly string[]> {
    if (!this.#hasEnded) {
      // First of all, because a job may be fetched right now, and the death of a child is a failure.
      Object.keys(this.owner.handlers).forEach((name) => (this.owner.handlers[name] = () => NEVER));
      this.#silence();
      killChildren(this.owner.childPool);
      await this.#cutFetches();
    }
    return this.#run(HAND_BACK);
  }

  leave(): void {
    if (!this.#hasEnded) {
      // The hooks of the app may still add jobs.
      const close = this.owner.close.bind(this.owner);
      this.owner.close = () => close(true);
    }
  }

  async #end(): Promise<void> {
    void this.#unblock();
    await this.#begun;
    // A loop that was about to look for `paused` is waiting for it then.
    await tick();
    await Promise.allSettled(Object.values(this.owner.processing));
    this.#hasEnded = true;
  }

  /** Ends the blocking fetches in Redis, where each either gives a job or not. A user who may not do that waits for their time-out. */
  async #unblock(): Promise<void> {
    const { client } = this.owner;
    await tick();
    while (!this.#hasEnded && this.#mayFetch && isClient(client)) {
      if (this.#blockingId === undefined) {
        await this.#findBlockingId(client);
      }
      if (this.#blockingId !== undefined) {
        await client.client('UNBLOCK', this.#blockingId).catch(() => undefined);
      }
      const interval = this.#blockingId === undefined ? CLIENT_INTERVAL : UNBLOCK_INTERVAL;
      await sleep(interval, undefined, { ref: false });
    }
  }

  /** Ends the fetches that are left. A job that Redis gives in that very moment waits for Bull's stall check. */
  async #cutFetches(): Promise<void> {
    const client = this.#fetchingClient;
    if (isClient(client)) {
      const ended = new Promise<void>((end) => client.once('end', end));
      client.disconnect();
      await Promise.race([ended, sleep(CUT_TIME, undefined, { ref: false })]);
    }
  }

  get #blockingClient(): unknown {
    // A look at a client that is not there yet would make it.
    return this.owner.bclientInitialized === true ? this.owner.bclient : undefined;
  }

  /** The blocking client, while it waits for an answer. */
  get #fetchingClient(): unknown {
    const bclient = this.#blockingClient;
    return propertyOf(propertyOf(bclient, 'commandQueue'), 'length') === 0 ? undefined : bclient;
  }

  /** A client that has lost its connection sends its fetches again. */
  get #mayFetch(): boolean {
    const status = propertyOf(this.#blockingClient, 'status');
    return this.#fetchingClient !== undefined || (status !== 'ready' && status !== 'end');
  }

  /** Bull makes the blocking client some time after the processor, and it has another id after each reconnect. */
  #noteBlockingId(): void {
    if (this.owner.bclientInitialized !== true) {
      setTimeout(() => this.#noteBlockingId(), CLIENT_INTERVAL).unref();
      return;
    }
    const { bclient } = this.owner;
    if (isClient(bclient)) {
      const note = (): void => {
        this.#blockingId = undefined;
        void bclient
          .client('ID')
          .then(
            (id) => (this.#blockingId = String(id)),
            () => undefined,
          )
          .then(this.#begin);
      };
      bclient.on('ready', note);
      if (bclient.status === 'ready') {
        note();
      }
    }
  }

  /** The question for the id waits behind a fetch that began before it. Redis also lists its clients, by their ports. */
  async #findBlockingId(client: BlockingClient): Promise<void> {
    const port = propertyOf(propertyOf(this.#fetchingClient, 'stream'), 'localPort');
    if (typeof port === 'number') {
      const list = String(await client.client('LIST').catch(() => ''));
      const id = new RegExp(`^id=(\\d+) addr=\\S+:${port} .* cmd=brpoplpush\\b`, 'm').exec(list)?.[1];
      if (id !== undefined) {
        this.#blockingId ??= id;
        this.#begin();
      }
    }
  }

  #watchRuns(): void {
    const { handlers } = this.owner;
    for (const [name, handler] of Object.entries(handlers)) {
      if (isMethod(handler) && !this.#watched.has(handler)) {
        handlers[name] = this.#watching(handler);
      }
    }
  }

  #watching(handler: Method): Method {
    const watching: Method = async (job) => {
      const id = String(propertyOf(job, 'id'));
      this.#watchResult(job, id);
      return this.#during(id, () => handler.call(this.owner, job));
    };
    this.#watched.add(watching);
    return watching;
  }

  /** A job runs until Redis has its result, so for as long as Redis is away. */
  #watchResult(job: unknown, id: string): void {
    if (!isObject(job)) {
      return;
    }
    for (const name of ['moveToCompleted', 'moveToFailed']) {
      const value: Method = async (...args) => {
        // Of the class, because a hand-back silences it there.
        const method = propertyOf(Object.getPrototypeOf(job), name);
        return this.#during(id, () => isMethod(method) && method.apply(job, args));
      };
      Object.defineProperty(job, name, { value, configurable: true, writable: true });
    }
  }

  async #during(id: string, work: () => unknown): Promise<unknown> {
    this.#runs.add(id);
    try {
      return await work();
    } finally {
      this.#runs.delete(id);
    }
  }

  /** Each running job has a timer for its lock. */
  #noteEarlierRuns(): void {
    const timers = propertyOf(this.owner.timers, 'timers');
    const hasRuns =
      isObject(timers) && Object.values(timers).some((timer) => propertyOf(timer, 'name') === 'lockExtender');
    if (!hasRuns) {
      return;
    }
    this.#earlier = undefined;
    const end = (): unknown => (this.#earlier = new Set());
    this.#run(OWN_JOBS).then((ids) => {
      this.#earlier = new Set(ids.filter((id) => !this.#runs.has(id)));
    }, end);
    void Promise.allSettled(Object.values(this.owner.processing)).then(end);
  }

  async #run(script: RedisScript): Promise<readonly string[]> {
    const connection = RedisConnection.of(this.owner.client);
    if (!connection) {
      throw new Error('its client is none of ioredis');
    }
    const keys = [this.owner.toKey('active'), this.owner.toKey('wait')];
    const ids = await connection.run(script, keys, [this.owner.toKey(''), this.owner.token]);
    return isArray(ids) ? ids.map(String).reverse() : [];
  }

  /** moveToFailed() of Bull writes the attempts without a look at the lock. */
  #silence(): void {
    const jobClass: unknown = Reflect.get(this.owner.constructor, 'Job');
    silence(jobClass, WRITES, (job) => propertyOf(job, 'queue') === this.owner);
  }
}

function isClient(value: unknown): value is BlockingClient {
  return hasMembers(value, { client: 'function', on: 'function', once: 'function', disconnect: 'function' });
}
