/** Jobs in bursts on a real app under `simulate`, judged by BullMQ's event stream. */
import { Queue, QueueEvents } from 'bullmq';
import { Redis } from 'ioredis';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../cli/run/report.js';
import { freePort, RedisServer } from '../../tools/redis-server.js';
import { CommandRun } from '../support/command-run.js';
import { seededRandom } from '../support/random.js';

/** Seconds between two checkups of the long runs. */
export const EVERY = 5;

export interface Workload {
  readonly seed: number;
  readonly jobs: number;
  /** Of the shortest job in seconds; the longest takes ten times as long. */
  readonly shortest: number;
  /** Seconds from checkup to checkup. */
  readonly every: number;
}

export interface Outcome {
  /** By BullMQ's event stream. */
  readonly startedTwice: number;
  readonly stalled: number;
  readonly failed: number;
  /** By simulate's report. */
  readonly killed: number;
  readonly interrupted: number;
  readonly dynoSeconds: number;
}

interface Arrival {
  /** Seconds since the start. */
  readonly at: number;
  readonly ms: number;
}

export interface Setting {
  readonly manager: {
    readonly type: 'job-queue-size';
    readonly minimum: number;
    readonly maximum: number;
    readonly ratio: number;
    readonly decrementable: boolean;
  };
  /** True if the app uses `drainOnShutdown()`. */
  readonly drains: boolean;
  /** True if the app uses `protect`. */
  readonly protects: boolean;
}

/** Both features with `decrementable`; the manager without it; `decrementable` without the features. */
export type Variant = 'safe' | 'not decrementable' | 'unsafe';

export function settingOf(variant: Variant): Setting {
  const decrementable = variant !== 'not decrementable';
  return {
    manager: { type: 'job-queue-size', minimum: 0, maximum: 8, ratio: 1, decrementable },
    drains: variant === 'safe',
    protects: variant === 'safe',
  };
}

/** Seven of ten jobs come one by one, the rest in bursts of five: the queue is seldom empty, and most dynos are seldom needed. */
export function arrivals({ seed, jobs, shortest }: Workload): readonly Arrival[] {
  const random = seededRandom(seed);
  const end = jobs * 1.9 * shortest;
  const bursts = Array.from({ length: Math.ceil((jobs * 0.3) / 5) }, () => random() * end);
  return Array.from({ length: jobs }, (_, index) => ({
    at: random() < 0.7 ? random() * end : (bursts[index % bursts.length] ?? 0),
    ms: 1000 * shortest * (1 + 9 * random()),
  })).sort((a, b) => a.at - b.at);
}

/** Some runs at a time. Their checkups don't coincide, otherwise all dynos would boot in the same second. */
export function apart(atOnce: number, runAll: () => Promise<void>): readonly Promise<void>[] {
  return Array.from({ length: atOnce }, async (_, index) => {
    await sleep((index * EVERY * 1000) / atOnce);
    await runAll();
  });
}

/** Runs one app until all of its jobs have ended and its workers are away. */
export async function closedLoop(workload: Workload, variant: Variant): Promise<Outcome> {
  return playedLoop(workload, settingOf(variant), async (report, url, events) => ({
    ...recordsOf(await entriesOf(url, events)),
    ...figuresOf(report),
  }));
}

/**
 * Runs one app until all of its jobs have ended and its workers are at their minimum.
 *
 * @param read - takes what it needs from the report and from Redis, before that is stopped
 */
export async function playedLoop<Result>(
  workload: Workload,
  { manager, drains, protects }: Setting,
  read: (report: Report, redisUrl: string, events: string) => Promise<Result>,
): Promise<Result> {
  const redis = await RedisServer.start();
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-loop-')));
  const connection = { url: redis.url };
  const queue = new Queue('jobs', { connection, streams: { events: { maxLen: 100_000 } } });
  const events = new QueueEvents('jobs', { connection });
  const app = resolve('test/closed-loop/app');
  await writeFile(join(folder, 'Procfile'), `web: node ${app}/web.mjs\nworker: node ${app}/worker.mjs\n`);
  await writeFile(
    join(folder, '.env'),
    `REDIS_URL=${redis.url}\nDRAINS=${yes(drains)}\nPROTECTS=${yes(protects)}\nRATIO=${manager.ratio}\n`,
  );
  await writeFile(join(folder, 'hirefire.json'), JSON.stringify({ managers: { worker: manager } }));

  const run = CommandRun.nestjsHirefire(
    ['simulate', '--port', `${await freePort()}`, '--every', `${workload.every}`, '--report', 'out.json'],
    { cwd: folder, env: { ...process.env, TMPDIR: folder } },
  );
  try {
    await run.line(new RegExp(`worker: 0 jobs, ${manager.minimum} dynos?`));
    await events.waitUntilReady();
    const allEnded = new Promise<void>((end) => {
      let left = workload.jobs;
      const ended = (): void => {
        left -= 1;
        if (left === 0) {
          end();
        }
      };
      events.on('completed', ended).on('failed', ended);
    });
    const start = performance.now();
    for (const { at, ms } of arrivals(workload)) {
      await sleep(Math.max(0, at * 1000 - (performance.now() - start)));
      await queue.add('job', { ms }, { removeOnComplete: true });
    }
    await allEnded;
    // From the last such line on: the same one is not written twice.
    const last = run.output.findLastIndex((line) => /worker: \d+ jobs?/.test(line));
    await run.line(new RegExp(`worker: 0 jobs, ${manager.minimum} dynos?(?! \\()`), Math.max(last, 0));
    run.pressCtrlC();
    await run.ended();
    const report = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as Report;
    return await read(report, redis.url, queue.toKey('events'));
  } finally {
    await run.end();
    await Promise.all([queue.close(), events.close()]);
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function yes(isOn: boolean): string {
  return isOn ? 'yes' : '';
}

export interface Entry {
  readonly event: string | undefined;
  readonly id: string;
  /** Epoch milliseconds, by Redis's clock. */
  readonly at: number;
}

export async function entriesOf(url: string, stream: string): Promise<readonly Entry[]> {
  const reader = new Redis(url);
  const entries = await reader.xrange(stream, '-', '+');
  reader.disconnect();
  return entries.map(([entry, fields]) => ({
    event: fields[fields.indexOf('event') + 1],
    id: fields[fields.indexOf('jobId') + 1] ?? '',
    at: Number(entry.split('-')[0]),
  }));
}

function recordsOf(seen: readonly Entry[]): Pick<Outcome, 'startedTwice' | 'stalled' | 'failed'> {
  const idsOf = (event: string): string[] => seen.flatMap((entry) => (entry.event === event ? [entry.id] : []));
  const started = idsOf('active');
  return {
    startedTwice: started.length - new Set(started).size,
    stalled: idsOf('stalled').length,
    failed: idsOf('failed').length,
  };
}

function figuresOf({ problems, processes }: Report): Pick<Outcome, 'killed' | 'interrupted' | 'dynoSeconds'> {
  const count = (kind: string): number => problems.filter((problem) => problem.kind === kind).length;
  return {
    killed: count('killed'),
    interrupted: count('interrupted-job'),
    dynoSeconds: processes.worker?.dynoSeconds ?? NaN,
  };
}
