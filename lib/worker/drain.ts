import type { INestApplicationContext, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { DRAINING, HANDED_BACK } from '../hirefire.protocol.js';
import { stringOf } from '../hirefire.unknown.js';
import type { AppWorkers } from './app-workers.js';
import type { DrainableWorker } from './library.js';
import type { Ending } from './signals.js';

/** ms between two looks at the running jobs. */
const LOOK_INTERVAL = 20;
/** ms in which a job can end after its AbortSignal. */
const ABORT_TIME = 2_000;
/** ms that a hand-back may take. */
const HAND_BACK_TIME = 1_000;
/** ms after the grace at which the process ends, whatever hangs. */
const END_TIME = 4_500;
/** ms in which an app closes whose broker is away: queues wait for it without limit. */
const END_TIME_WITHOUT_BROKER = 2_000;

/** The end of one app: its running jobs, those that go back to their queues, and its hooks. */
export class Drain implements Ending {
  /** Of `performance.now()`. */
  #graceEndsAt = Infinity;
  /** The app's own end, once it has begun. */
  #closing: Promise<unknown> | undefined;
  #isBrokerAway = false;
  /** Every job that ran since the signal, by the worker. */
  readonly #seen = new Map<DrainableWorker, Set<string>>();

  constructor(
    private readonly app: Pick<INestApplicationContext, 'close'>,
    private readonly workers: Pick<AppWorkers, 'all' | 'find'>,
    private readonly grace: number,
    private readonly logger: Pick<Logger, 'log' | 'warn' | 'error'>,
  ) {}

  /** The app closes, by itself or by us: its hooks must not run twice, and run to their end. */
  appCloses(closed: Promise<unknown>): void {
    this.#closing = closed;
  }

  hurry(): void {
    this.#graceEndsAt = Math.min(this.#graceEndsAt, performance.now());
  }

  async run(signal: NodeJS.Signals): Promise<void> {
    this.#graceEndsAt = performance.now() + this.grace;
    this.workers.find();
    this.#all.forEach((worker) => worker.stop());
    this.#look();
    this.logger.log(`${signal}: ${DRAINING} ${this.#beginning}`);
    if (!(await this.#isDoneBy(() => this.#graceEndsAt))) {
      this.#all.forEach((worker) => worker.abort());
      await this.#isDoneBy(() => this.#graceEndsAt + ABORT_TIME);
    }
    await this.#handBack();
    await this.#close(signal);
  }

  get #all(): readonly DrainableWorker[] {
    return this.workers.all;
  }

  get #beginning(): string {
    const running = [...this.#seen].map(([{ queue }, ids]) => ({ queue, ids: [...ids] }));
    const count = jobCount(running);
    return count === 0
      ? 'No job runs.'
      : `${jobs(count)} ${count === 1 ? 'has' : 'have'} ${this.grace / 1000} s to end: ${listed(running)}`;
  }

  /** Notes the running jobs, and returns whether there is none left to wait for. */
  #look(): boolean {
    for (const worker of this.#all) {
      const seen = this.#seen.get(worker) ?? new Set();
      worker.running().forEach((id) => seen.add(id));
      this.#seen.set(worker, seen);
    }
    return this.#all.every((worker) => worker.isDone());
  }

  async #isDoneBy(time: () => number): Promise<boolean> {
    while (!this.#look()) {
      if (performance.now() >= time()) {
        return false;
      }
      await sleep(LOOK_INTERVAL);
    }
    return true;
  }

  async #handBack(): Promise<void> {
    const outcomes = await Promise.all(this.#all.map((worker) => this.#handBackOf(worker)));
    this.#all.forEach((worker) => worker.leave());
    const handedBack = outcomes.map(({ queue, ids }) => ({ queue, ids }));
    const lost = outcomes.flatMap(({ queue, lostIds, reason }) =>
      lostIds.length === 0 ? [] : [{ queue, ids: lostIds, reason }],
    );
    const seen = [...this.#seen.values()].reduce((sum, ids) => sum + ids.size, 0);
    const ended = Math.max(0, seen - jobCount(handedBack) - jobCount(lost));
    const line = `${jobs(ended)} ended, ${withList(handedBack)} ${HANDED_BACK}`;
    if (lost.length === 0) {
      this.logger.log(line);
    } else {
      this.logger.warn(
        `${line} ${withList(lost)} not: ${[...new Set(lost.map(({ reason }) => reason))].join('; ')}. Another worker ` +
          `starts them once their locks have expired, and counts a stall.`,
      );
    }
  }

  async #handBackOf(worker: DrainableWorker): Promise<Outcome> {
    const { queue } = worker;
    const left = worker.running();
    try {
      const ids = await inTime(HAND_BACK_TIME, worker.handBack(), () => worker.whySilent);
      ids.forEach((id) => this.#seen.get(worker)?.add(id));
      return { queue, ids, lostIds: [], reason: '' };
    } catch (error) {
      this.#isBrokerAway = true;
      return { queue, ids: [], lostIds: left, reason: stringOf(error, 'message') ?? String(error) };
    }
  }

  get #closeTime(): number {
    const left = this.#graceEndsAt + END_TIME - performance.now();
    return this.#isBrokerAway ? Math.min(left, END_TIME_WITHOUT_BROKER) : left;
  }

  async #close(signal: NodeJS.Signals): Promise<void> {
    // Nest hands it to the hooks, though its type does not say so.
    const app: { close(signal: NodeJS.Signals): Promise<void> } = this.app;
    try {
      await inTime(this.#closeTime, this.#closing ?? app.close(signal), () => 'its hooks hang');
    } catch (error) {
      this.logger.error(
        `The app was not closed: ${stringOf(error, 'message') ?? String(error)}`,
        stringOf(error, 'stack'),
      );
    }
  }
}

interface JobsOfQueue {
  readonly queue: string;
  readonly ids: readonly string[];
}

interface Outcome extends JobsOfQueue {
  readonly lostIds: readonly string[];
  readonly reason: string;
}

/** @throws Error with a reason, if the work takes longer */
async function inTime<T>(ms: number, work: Promise<T>, reason: () => string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(Math.max(ms, 0), undefined, { signal: timer.signal }).then(() => {
    throw new Error(reason());
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}

const jobCount = (lists: readonly JobsOfQueue[]): number => lists.reduce((sum, { ids }) => sum + ids.length, 0);
const jobs = (count: number): string => `${count} ${count === 1 ? 'job' : 'jobs'}`;

/** `mail 1, 2; images 7` */
function listed(lists: readonly JobsOfQueue[]): string {
  return lists
    .filter(({ ids }) => ids.length > 0)
    .map(({ queue, ids }) => `${queue} ${ids.join(', ')}`)
    .join('; ');
}

/** `2 (mail 1, 2) were` */
function withList(lists: readonly JobsOfQueue[]): string {
  const count = jobCount(lists);
  return `${count}${count === 0 ? '' : ` (${listed(lists)})`} ${count === 1 ? 'was' : 'were'}`;
}
