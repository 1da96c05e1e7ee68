/**
 * `npm run test:plan`: three workloads under `simulate`, with four settings each. From the trace of each run, the replay says
 * what the three others cost and how long their jobs waited, with the boots and the times of the checkups as they were there. By these
 * times alone, the cost of a setting varies by up to 10 %. Ends with 1 if dyno seconds are off by more than 5 %, or the 95 %
 * wait by more than 15 % and 2 s.
 */
import { Redis } from 'ioredis';
import { resolve } from 'node:path';
import { parseConfig } from '../../cli/hirefire/managers/config.js';
import { run } from '../../cli/plan/run.js';
import { spreadOf } from '../../cli/plan/spread.js';
import { jobsOf, type Workload as Past } from '../../cli/plan/workload.js';
import type { Report } from '../../cli/run/report.js';
import { freePort } from '../../tools/redis-server.js';
import { CommandRun } from '../support/command-run.js';
import { apart, entriesOf, EVERY, playedLoop, type Entry, type Setting, type Workload } from './closed-loop.js';

const WORKLOADS: readonly Workload[] = [
  { seed: 1, jobs: 60, shortest: 2, every: EVERY },
  { seed: 2, jobs: 100, shortest: 1.2, every: EVERY },
  { seed: 3, jobs: 40, shortest: 3, every: EVERY },
];
/** With `protect` and a ratio of 1, chance decides the cost: docs/plan.md. */
const SETTINGS: readonly Setting[] = [
  { ratio: 1, minimum: 0, maximum: 8, decrementable: true, protects: false },
  { ratio: 1, minimum: 0, maximum: 8, decrementable: false, protects: true },
  { ratio: 3, minimum: 0, maximum: 4, decrementable: true, protects: true },
  { ratio: 2, minimum: 2, maximum: 6, decrementable: false, protects: true },
].map(({ protects, ...manager }) => ({ manager: { type: 'job-queue-size', ...manager }, drains: true, protects }));

interface Played {
  readonly past: Past;
  readonly dynoSeconds: number;
  readonly p95: number;
  /** Mean seconds until a dyno was ready. */
  readonly boot: number;
  /** Seconds since the start of the run, less the full intervals: the first one is later, until the app has made its connections. */
  readonly checkupPhase: number;
}

const atOnce = Number(process.argv[2] ?? 2);
const runs = WORKLOADS.flatMap((workload) => SETTINGS.map((setting) => ({ workload, setting })));
const played = new Map<Setting, Map<Workload, Played>>();

async function playAll(): Promise<void> {
  for (let next = runs.shift(); next; next = runs.shift()) {
    const { workload, setting } = next;
    const result = await playedLoop(workload, setting, readOf);
    played.set(setting, (played.get(setting) ?? new Map<Workload, Played>()).set(workload, result));
    const { past, ...figures } = result;
    process.stdout.write(`${nameOf(workload, setting)}: ${past.jobs.length} jobs, ${JSON.stringify(figures)}\n`);
  }
}

function nameOf({ seed }: Workload, { manager }: Setting): string {
  const { ratio, minimum, maximum, decrementable } = manager;
  return `workload ${seed}, ratio ${ratio}, ${minimum} to ${maximum}${decrementable ? ', decrementable' : ''}`;
}

async function readOf(report: Report, redisUrl: string, events: string): Promise<Played> {
  const entries = await entriesOf(redisUrl, events);
  const worker = report.processes.worker;
  return {
    past: await pastOf(report, redisUrl),
    dynoSeconds: worker?.dynoSeconds ?? NaN,
    p95: spreadOf(Float64Array.from(waitsOf(entries))).p95,
    boot: await bootOf(redisUrl),
    checkupPhase: spreadOf(Float64Array.from(worker?.series ?? [], ({ t }, index) => t - index * EVERY)).p50 % EVERY,
  };
}

/** The jobs of the trace, over the time of the report. */
async function pastOf({ startedAt, endedAt }: Report, redisUrl: string): Promise<Past> {
  const port = await freePort();
  const env = { ...process.env, REDIS_URL: redisUrl, PORT: `${port}`, HIREFIRE_TOKEN: 'plan', RATIO: '1' };
  const web = CommandRun.start(process.execPath, [resolve('test/closed-loop/app/web.mjs')], { env });
  try {
    const trace = await untilAnswered(`http://127.0.0.1:${port}/hirefire/plan/trace`);
    const shift = (Date.parse(trace.startedAt) - Date.parse(startedAt)) / 1000;
    const { jobs = [], waiting = 0 } = trace.processes.worker ?? {};
    return {
      startedAt: new Date(startedAt),
      seconds: (Date.parse(endedAt) - Date.parse(startedAt)) / 1000,
      jobs: jobs.map(([readyAt, took]) => ({ readyAt: readyAt + shift, took })),
      waiting,
      estimated: false,
    };
  } finally {
    await web.end();
  }
}

interface Trace {
  readonly startedAt: string;
  readonly processes: { readonly worker?: { readonly jobs: readonly [number, number][]; readonly waiting: number } };
}

async function untilAnswered(url: string): Promise<Trace> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer) {
      return (await answer.json()) as Trace;
    }
  }
}

/** From being added to the start of the last run, in seconds. */
function waitsOf(entries: readonly Entry[]): readonly number[] {
  const timesOf = (event: string): ReadonlyMap<string, number> =>
    new Map(entries.flatMap((entry) => (entry.event === event ? [[entry.id, entry.at]] : [])));
  const added = timesOf('added');
  return [...timesOf('active')].map(([id, at]) => (at - (added.get(id) ?? NaN)) / 1000);
}

async function bootOf(redisUrl: string): Promise<number> {
  const redis = new Redis(redisUrl);
  const boots = await redis.lrange('boots', 0, -1);
  redis.disconnect();
  return spreadOf(Float64Array.from(boots, Number)).mean;
}

/** The jobs of one run, played at the times of the other. */
function predicted(from: Played, real: Played, { manager, protects }: Setting): Pick<Played, 'dynoSeconds' | 'p95'> {
  const { managers } = parseConfig(JSON.stringify({ managers: { worker: { ...manager, protect: protects } } }));
  const worker = managers.get('worker');
  if (worker?.type !== 'job-queue-size') {
    throw new Error('the manager is none of a size');
  }
  const firstOf = ({ past }: Played): number => Math.min(...past.jobs.map(({ readyAt }) => readyAt));
  const shift = firstOf(real) - firstOf(from);
  const jobs = from.past.jobs.map(({ readyAt, took }) => ({ readyAt: readyAt + shift, took }));
  const { boot, checkupPhase: firstCheckup } = real;
  const settings = { manager: worker, slots: 1, boot, checkupFrequency: EVERY, timeZone: 'UTC', firstCheckup };
  const { dynoSeconds, waits } = run(jobsOf({ ...real.past, jobs }), settings);
  return { dynoSeconds, p95: spreadOf(waits).p95 };
}

await Promise.all(apart(atOnce, playAll));

const wrong: string[] = [];
for (const workload of WORKLOADS) {
  const results = SETTINGS.flatMap((setting) => {
    const result = played.get(setting)?.get(workload);
    return result ? [{ setting, result }] : [];
  });
  for (const { setting, result: real } of results) {
    for (const { setting: other, result: from } of results) {
      if (other !== setting) {
        const { dynoSeconds, p95 } = predicted(from, real, setting);
        const cost = dynoSeconds / real.dynoSeconds - 1;
        const late = p95 - real.p95;
        const line =
          `${nameOf(workload, setting)} from ratio ${other.manager.ratio}: ${dynoSeconds.toFixed(0)} dyno seconds ` +
          `(${(100 * cost).toFixed(1)} %), 95 % wait ${p95.toFixed(1)} s of ${real.p95.toFixed(1)} s`;
        const isRight = Math.abs(cost) <= 0.05 && (Math.abs(late) <= 2 || Math.abs(late) <= 0.15 * real.p95);
        process.stdout.write(`${line}${isRight ? '' : ' WRONG'}\n`);
        if (!isRight) {
          wrong.push(line);
        }
      }
    }
  }
}
process.exitCode = wrong.length > 0 ? 1 : 0;
