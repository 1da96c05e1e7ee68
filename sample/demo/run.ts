/** The story of the demo, step by step, and the end of it, however it ends. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type RedisServer } from '../../tools/redis-server.js';
import { filesBelow } from './files-below.js';
import { buildWhatIsOld } from './build.js';
import { brokenArchives, DoneList, notExactlyOnce, prepareFolderFor } from './files.js';
import { HireFire, type Checkup } from './hirefire.js';
import type { Lifeline } from './interruption.js';
import type { DemoOptions } from './options.js';
import type { Processes, RunningProcess } from './processes.js';
import { checkRedis, removeKeys, reserveRedis } from './redis.js';
import { SampleApp, type JobCounts } from './sample-app.js';
import { count, megabytes, type Frame, type View } from './view.js';

const POLL_INTERVAL_MS = 1_000;
const FRAME_INTERVAL_MS = 250;
const MOST_MS_WITHOUT_ANSWER = 120_000;
const PROBLEMS_SHOWN = 10;
const GRACE_MS = 30_000;
/** Whoever presses Ctrl-C does not want to wait for as long as Heroku does. */
const INTERRUPTED_GRACE_MS = 10_000;

/** The process types that HireFire manages, and what their workers list finished files in. */
const DONE_LISTS = { compress: 'compressed.jsonl', digest: 'digests.jsonl' };
const TYPES = Object.keys(DONE_LISTS);

export interface Stage {
  readonly root: string;
  /** A folder that is removed after the run. */
  readonly scratch: string;
  readonly options: DemoOptions;
  readonly processes: Processes;
  readonly view: View;
  readonly lifeline: Lifeline;
}

/** What was known at the last poll. */
interface Moment {
  readonly checkup: Checkup;
  readonly status: ReadonlyMap<string, JobCounts>;
}

const NO_STATUS: Moment['status'] = new Map();

export class Run {
  /** Why the run is no success; none, if it is one. */
  readonly problems: string[] = [];

  readonly #queuePrefix = `demo-${randomBytes(8).toString('hex')}`;
  readonly #out: string;
  readonly #compressed: DoneList;
  readonly #digested: DoneList;
  #files: string[] = [];
  #redis: RedisServer | undefined;
  #givenRedisUrl: string | undefined;
  #app: SampleApp | undefined;
  #startedAt = 0;
  #seconds = 0;
  #moment: Moment | undefined;

  constructor(private readonly stage: Stage) {
    this.#out = stage.options.out ?? join(stage.scratch, 'out');
    this.#compressed = new DoneList(join(this.#out, DONE_LISTS.compress));
    this.#digested = new DoneList(join(this.#out, DONE_LISTS.digest));
  }

  /** Rejects when interrupted, or when it can't go on. */
  async play(): Promise<void> {
    const { root, options, processes, view, lifeline } = this.stage;
    await lifeline.hold(prepareFolderFor(this.#out, options.folder));
    this.#files = await lifeline.hold(filesBelow(options.folder));
    view.step(`${count(this.#files.length)} files below ${options.folder}`);
    await lifeline.hold(buildWhatIsOld(root, options.backend, processes, (name) => view.step(`building ${name} ...`)));
    const redisUrl = await this.#startRedis();
    const app = await this.#startWeb(redisUrl);
    await this.#autoscale(app);
    await this.#check();
  }

  /** Ends everything, interrupted or not. */
  async end(): Promise<void> {
    const { processes, lifeline } = this.stage;
    this.#app?.formation.close();
    await processes.stopAll(lifeline.isInterrupted ? INTERRUPTED_GRACE_MS : GRACE_MS);
    await Promise.all([this.#compressed.close(), this.#digested.close()]);
    await this.#redis?.stop();
    if (this.#givenRedisUrl !== undefined) {
      await removeKeys(this.#givenRedisUrl, this.#queuePrefix).catch((error: unknown) =>
        this.problems.push(String(error)),
      );
    }
    this.problems.push(...processes.left().map((pid) => `process group ${pid} is left`));
  }

  summary(): string[] {
    const formation = this.#app?.formation;
    if (!formation || this.problems.length > 0) {
      const more = this.problems.length - PROBLEMS_SHOWN;
      const shown = this.problems.slice(0, PROBLEMS_SHOWN);
      return [...shown, ...(more > 0 ? [`and ${count(more)} more`] : []), 'The demo has FAILED.'];
    }
    const jobs = count(this.#files.length * TYPES.length);
    const sizes = [...this.#compressed.records.values()];
    const [from = 0, to = 0] = ['from', 'to'].map((key) => sum(sizes.map((size) => Number(Reflect.get(size, key)))));
    const alwaysOn = sum(TYPES.map((type) => formation.most(type))) * this.#seconds;
    const paid = sum(TYPES.map((type) => formation.dynoSeconds(type)));
    const lastPoll = this.#moment?.checkup.poll;
    const lastValues = lastPoll?.ok ? [...lastPoll.values].map((value) => value.join(' ')) : [];
    return [
      `${jobs} of ${jobs} jobs done, each exactly once, in ${this.#seconds.toFixed(0)} s`,
      `${megabytes(from)} compressed to ${megabytes(to)}; every archive unpacks to what was digested`,
      `dynos: from 0 to ${TYPES.map((type) => `${formation.most(type)} ${type}`).join(' and ')}, and back to 0`,
      `${paid.toFixed(0)} dyno seconds were used; all dynos always on: ${alwaysOn.toFixed(0)}`,
      `the last poll said ${lastValues.join(', ')}; no process is left`,
      this.stage.options.out ? `results: ${this.#out}` : 'the results are removed again (--out <folder> keeps them)',
    ];
  }

  async #startRedis(): Promise<string> {
    const { processes, view, lifeline } = this.stage;
    const given = process.env.REDIS_URL;
    if (given) {
      await lifeline.hold(checkRedis(given));
      this.#givenRedisUrl = given;
      view.step('Redis: the one of REDIS_URL');
      return given;
    }
    this.#redis = await lifeline.hold(reserveRedis());
    const started = this.#redis.start();
    if (this.#redis.pid !== undefined) {
      processes.watch(this.#redis.pid);
    }
    await lifeline.hold(started);
    view.step(`Redis: started for this run on port ${this.#redis.port}`);
    return this.#redis.url;
  }

  async #startWeb(redisUrl: string): Promise<SampleApp> {
    const { root, options, processes, view, lifeline } = this.stage;
    const sample = `sample/${options.backend}`;
    const port = await lifeline.hold(freePort());
    const settings = { folder: join(root, sample), port, redisUrl, queuePrefix: this.#queuePrefix, out: this.#out };
    this.#app = await lifeline.hold(
      SampleApp.from(settings, processes, {
        event: (text) => view.event(text),
        failed: (error) => lifeline.cut(error),
      }),
    );
    await lifeline.hold(this.#app.startWeb(lifeline.signal));
    view.step(`web.1 of ${sample} answers on port ${port}`);
    return this.#app;
  }

  /** Polls and scales every second, until all is done and every worker is gone. */
  async #autoscale(app: SampleApp): Promise<void> {
    const { options, lifeline } = this.stage;
    const { ratio, maximum } = options;
    const managers = new Map(TYPES.map((type) => [type, { ratio, minimum: 0, maximum }]));
    const hirefire = new HireFire(app.address + app.infoPath, managers, app.formation);

    this.#startedAt = Date.now();
    const enqueuing = app.enqueue(options.folder);
    void enqueuing.ended.then((how) => {
      if (!enqueuing.succeeded) {
        lifeline.cut(new Error(`Enqueuing failed (${how}):\n${enqueuing.output.join('\n')}`));
      }
    });

    const showing = new AbortController();
    const shown = this.#keepShowing(app, showing.signal);
    try {
      await this.#pollUntilDone(app, hirefire, enqueuing);
    } finally {
      showing.abort();
      await shown;
    }
  }

  async #pollUntilDone(app: SampleApp, hirefire: HireFire, enqueuing: RunningProcess): Promise<void> {
    const { view, lifeline } = this.stage;
    let answeredAt = Date.now();
    for (;;) {
      const nextPoll = Date.now() + POLL_INTERVAL_MS;
      // Asked before the poll: the last one must be about all of the jobs, and about no dynos.
      const isOver =
        enqueuing.succeeded && TYPES.every((type) => app.formation.up(type) + app.formation.stopping(type) === 0);
      const checkup = await lifeline.hold(hirefire.checkup());
      const status = checkup.poll.ok ? await lifeline.hold(app.status()) : NO_STATUS;
      this.#moment = { checkup, status };
      view.poll(await lifeline.hold(this.#frame(app, this.#moment)));

      if (checkup.poll.ok) {
        answeredAt = Date.now();
      } else if (Date.now() - answeredAt > MOST_MS_WITHOUT_ANSWER) {
        throw new Error(`No poll has succeeded for ${MOST_MS_WITHOUT_ANSWER / 1000} s: ${checkup.poll.reason}`);
      }
      if (isOver && TYPES.every((type) => isDone(type, this.#moment))) {
        return;
      }
      await lifeline.hold(sleep(Math.max(nextPoll - Date.now(), 0)));
    }
  }

  /** Time and progress move on while a poll is waited for. */
  async #keepShowing(app: SampleApp, signal: AbortSignal): Promise<void> {
    const { view, lifeline } = this.stage;
    try {
      for (;;) {
        await sleep(FRAME_INTERVAL_MS, undefined, { signal });
        if (this.#moment) {
          view.tick(await this.#frame(app, this.#moment));
        }
      }
    } catch (error) {
      if (!signal.aborted) {
        lifeline.cut(error instanceof Error ? error : new Error(String(error)));
      }
    }
  }

  async #frame(app: SampleApp, { checkup, status }: Moment): Promise<Frame> {
    await Promise.all([this.#compressed.read(), this.#digested.read()]);
    this.#seconds = (Date.now() - this.#startedAt) / 1000;
    return {
      title: `${count(this.#files.length)} files to compress and to digest`,
      seconds: this.#seconds,
      done: this.#compressed.size + this.#digested.size,
      total: this.#files.length * TYPES.length,
      checkup,
      address: app.address,
      processes: TYPES.map((type) => ({
        type,
        dynos: app.formation.up(type),
        stopping: app.formation.stopping(type),
        maximum: this.stage.options.maximum,
        waiting: status.get(type)?.waiting,
        active: status.get(type)?.active,
      })),
    };
  }

  async #check(): Promise<void> {
    const { view, lifeline } = this.stage;
    view.step('checking every result ...');
    await lifeline.hold(Promise.all([this.#compressed.read(), this.#digested.read()]));
    this.problems.push(
      ...notExactlyOnce(this.#files, this.#compressed).map((problem) => `compress: ${problem}`),
      ...notExactlyOnce(this.#files, this.#digested).map((problem) => `digest: ${problem}`),
      ...(await lifeline.hold(brokenArchives(this.#files, join(this.#out, 'gz'), this.#digested, lifeline.signal))),
    );
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

function isDone(type: string, moment: Moment | undefined): boolean {
  const jobs = moment?.status.get(type);
  if (!moment?.checkup.poll.ok || !jobs) {
    return false;
  }
  // A job that failed waits for its next attempt as delayed, which HireFire is not told of until it is due.
  return moment.checkup.poll.values.get(type) === 0 && jobs.waiting + jobs.active + jobs.delayed === 0;
}
