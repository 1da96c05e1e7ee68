/** Whole runs in this process, with Heroku's times shortened. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MAX_ACTIVE_PER_DYNO } from '../../../../cli/heroku/router.js';
import { parseManagerFlag } from '../../../../cli/hirefire/managers/manager-flag.js';
import { Simulation, type SimulationSettings } from '../../../../cli/commands/simulate/simulation.js';
import { summaryOf } from '../../../../cli/commands/simulate/summary.js';
import type { PageMessage, PageProcess } from '../../../../cli/page/messages.js';
import { servePage } from '../../../../cli/page/serve-page.js';
import { dynoHoursAt } from '../../../../cli/run/cost.js';
import type { Report } from '../../../../cli/run/report.js';
import type { RunState } from '../../../../cli/run/run-state.js';
import { writeNumbers } from './numbers.js';

const APP = resolve('test/cli/commands/simulate/app');
const TIMES = {
  grace: 500,
  boot: 10_000,
  coolOff: 1_000,
  maxCoolOff: 1_000,
  firstByte: 10_000,
  queue: 10_000,
  silence: 10_000,
};

let folder: string;
let simulation: Simulation;
let lines: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
  lines = [];
});

afterEach(async () => {
  await simulation.kill();
  await simulation.close();
  await rm(folder, { recursive: true, force: true });
});

async function report(value: unknown): Promise<void> {
  await writeNumbers(folder, JSON.stringify([{ name: 'worker', value }]));
}

/** Begins a run; the report comes when it has ended. */
async function start(
  worker: string,
  manager: string,
  more: Partial<SimulationSettings> = {},
): Promise<{ readonly ended: Promise<Report> }> {
  simulation = new Simulation({
    procfile: new Map([
      ['web', `exec node ${APP}/web.mjs`],
      ['worker', worker],
    ]),
    cwd: folder,
    env: process.env,
    managers: new Map([parseManagerFlag(`worker=${manager}`)]),
    timeZone: 'UTC',
    prices: new Map(),
    every: 0.1,
    speed: 1,
    port: 0,
    duration: undefined,
    untilIdle: true,
    guardFile: resolve('dist/cli/guard.js'),
    times: TIMES,
    onLine: (dyno, line) => lines.push(`${dyno} ${line}`),
    logOf: () => undefined,
    onCheckup: () => undefined,
    ...more,
  });
  await simulation.open();
  return { ended: simulation.run() };
}

/** Looks again whenever something happens. */
async function until(condition: (state: RunState) => boolean): Promise<void> {
  const { state } = simulation;
  await new Promise<void>((done) => {
    const look = (): void => {
      if (condition(state)) {
        forget();
        done();
      }
    };
    const forget = state.onChange(look);
    look();
  });
}

const event =
  (pattern: RegExp) =>
  (state: RunState): boolean =>
    state.events.some(({ text }) => pattern.test(text));

const valuesOf = (state: RunState): unknown[] => state.process('worker')?.series.map(({ value }) => value) ?? [];

async function workerOnPage(): Promise<PageProcess | undefined> {
  const page = await servePage(simulation.state, simulation.controls, pathToFileURL('dist/cli/page.html'));
  const stream = await fetch(new URL('/events', page.url));
  const text = stream.text();
  await page.close();
  const [, json = ''] = /^data: (.*)$/m.exec(await text) ?? [];
  return (JSON.parse(json) as PageMessage).processes.find(({ name }) => name === 'worker');
}

/** Waits for that many further ones. */
async function checkups(count: number): Promise<void> {
  const before = valuesOf(simulation.state).length;
  await until((state) => valuesOf(state).length >= before + count);
}

describe('a load', () => {
  it('reaches the app through the router, counts as requests of users, and ends with the run', async () => {
    await report(0);
    const managers = new Map([parseManagerFlag('web=requests-per-minute,ratio=1000000')]);
    const { ended } = await start('sleep 60', 'job-queue-size', { managers, untilIdle: false });
    simulation.controls.load?.set('/hello', 20);
    await until((state) => (state.process('web')?.series.at(-1)?.value ?? 0) > 0);
    expect(simulation.state.events).toContainEqual(
      expect.objectContaining({ process: 'web', text: '20 requests per second on /hello, by hand' }),
    );
    const atEnd: unknown[] = [];
    simulation.state.onChange(() => {
      if (event(/^the run ends/)(simulation.state)) {
        atEnd.push(simulation.controls.load?.now().perSecond);
      }
    });
    simulation.end();
    const { problems, router } = await ended;
    expect(atEnd[0]).toBe(0);
    expect(problems).toEqual([]);
    expect(router.requests).toBeGreaterThan(0);
    expect(simulation.controls.load?.now()).toMatchObject({ path: '/hello', perSecond: 0 });
  });
});

describe('a worker that ignores SIGTERM', () => {
  it('is killed, and reported', async () => {
    await report(1);
    const { ended } = await start(`node ${APP}/worker.mjs ignore`, 'job-queue-size,maximum=1');
    await until(() => lines.includes('worker.1 works'));
    await report(0);
    const { problems, processes } = await ended;
    expect(problems).toEqual([
      {
        kind: 'killed',
        process: 'worker',
        dyno: 'worker.1',
        t: expect.any(Number),
        message: 'worker.1 did not end within 0.5 s of SIGTERM and was killed',
        cure: expect.stringContaining('app.enableShutdownHooks()'),
      },
    ]);
    expect(processes.worker?.series.at(-1)).toMatchObject({ value: 0, dynos: 0 });
    expect(simulation.state.problemCounts).toEqual(new Map([['killed', 1]]));
  });

  it('is killed at the end of the run without a problem', async () => {
    await report(1);
    const { ended } = await start(`node ${APP}/worker.mjs ignore`, 'job-queue-size,maximum=1');
    await until(() => lines.includes('worker.1 works'));
    simulation.end();
    expect((await ended).problems).toEqual([]);
    expect(simulation.state.events.map(({ text }) => text)).toContain(
      'worker.1 did not end within 0.5 s of SIGTERM and was killed',
    );
  });
});

describe('a worker that ends at once on SIGTERM', () => {
  // By this clock, however long a busy machine takes.
  beforeEach(() => {
    jest.spyOn(Date, 'now').mockReturnValue(Date.now());
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('has interrupted a job when the number does not fall', async () => {
    await report(1);
    const { ended } = await start('exec sleep 1000', 'job-queue-size,minimum=0,maximum=2');
    await until(event(/worker\.1 is up/));
    simulation.controls.scale?.('worker', 0);
    await until(({ events }) => events.some(({ level }) => level === 'problem'));
    simulation.end();
    expect((await ended).problems).toEqual([
      expect.objectContaining({ kind: 'interrupted-job', process: 'worker', dyno: 'worker.1' }),
    ]);
  });

  it('has interrupted a job under a latency of 0, when a job waits later that was ready before', async () => {
    await report(5);
    const latency = 'job-queue-latency,minimumLatency=1,maximumLatency=2,minimum=0,maximum=1';
    const { ended } = await start('exec sleep 1000', latency);
    await until(event(/worker\.1 is up/));
    await report(0);
    await until(event(/worker\.1 stopped/));
    await report(600);
    await until(({ events }) => events.some(({ level }) => level === 'problem'));
    simulation.end();
    expect((await ended).problems).toEqual([
      expect.objectContaining({ kind: 'interrupted-job', process: 'worker', dyno: 'worker.1' }),
    ]);
  });

  it('has interrupted none when the number falls', async () => {
    await report(2);
    const { ended } = await start('exec sleep 1000', 'job-queue-size,minimum=0,maximum=1');
    await until(event(/worker\.1 is up/));
    simulation.controls.scale?.('worker', 0);
    await until(event(/worker\.1 stopped/));
    await report(0);
    expect((await ended).problems).toEqual([]);
  });
});

describe('idle dynos that end at once on SIGTERM while another one of their process works on a job', () => {
  /** Four dynos for four jobs, and then one for the one job that is left, which is worker.3's. */
  async function startAndScaleDown(grace: number): Promise<{ readonly ended: Promise<Report> }> {
    await report(4);
    await writeFile(join(folder, 'worker.3'), '');
    const manager = 'job-queue-size,decrementable=true,maximum=4';
    const run = await start(`exec node ${APP}/worker.mjs finish`, manager, { times: { ...TIMES, grace } });
    await until(() => [1, 2, 3, 4].every((number) => lines.includes(`worker.${number} works`)));
    await report(1);
    await until((state) => event(/worker\.2 stopped/)(state) && event(/worker\.4 stopped/)(state));
    return run;
  }

  it('have interrupted none when it finishes that job, also when the next job has come in by then', async () => {
    const { ended } = await startAndScaleDown(10_000);
    await checkups(15);
    await rm(join(folder, 'worker.3'));
    await until(event(/worker\.3 stopped, [1-9]/));
    await checkups(5);
    await report(0);
    expect((await ended).problems).toEqual([]);
  });

  it('have interrupted none when it is killed, and its job is left', async () => {
    const { ended } = await startAndScaleDown(1_500);
    await until(event(/worker\.3 did not end/));
    await checkups(5);
    await report(0);
    expect((await ended).problems).toEqual([expect.objectContaining({ kind: 'killed', dyno: 'worker.3' })]);
  });
});

describe('dyno seconds', () => {
  it('of a worker that is slow to stop are those of its process, the same for page, terminal and report', async () => {
    await report(1);
    await writeFile(join(folder, 'worker.1'), '');
    const worker = `exec node ${APP}/worker.mjs finish`;
    const times = { ...TIMES, grace: 10_000 };
    const { ended } = await start(worker, 'job-queue-size,maximum=4', { times, prices: new Map([['worker', 1e6]]) });
    await until(() => lines.includes('worker.1 works'));
    await report(0);
    await until(event(/^1 → 0 dyno/));
    await checkups(10);
    await rm(join(folder, 'worker.1'));
    const { startedAt, endedAt, processes } = await ended;

    const { events } = simulation.state;
    const tOf = (pattern: RegExp): number => events.find(({ text }) => pattern.test(text))?.t ?? NaN;
    const { dynoSeconds = NaN, dynoSecondsAtMaximum = NaN } = processes.worker ?? {};
    // In whole milliseconds: a difference of seconds is not exact.
    const ms = Math.round(1000 * (tOf(/worker\.1 stopped/) - tOf(/worker\.1 is up/)));
    expect(Math.round(1000 * dynoSeconds)).toBeGreaterThanOrEqual(ms);
    expect(dynoSecondsAtMaximum).toBe((4 * (Date.parse(endedAt) - Date.parse(startedAt))) / 1000);
    expect(await workerOnPage()).toMatchObject({ dynoSeconds, dynoSecondsAtMaximum });
    expect(summaryOf(simulation.state)).toContainEqual(
      expect.stringContaining(
        `${dynoHoursAt(1e6, dynoSeconds)}, always at its maximum: ${dynoHoursAt(1e6, dynoSecondsAtMaximum)}`,
      ),
    );
  });

  it('at the maximum are those of each manager while it was set', async () => {
    await report(1);
    const { ended } = await start('exec sleep 1000', 'job-queue-size,maximum=4');
    await until(event(/worker\.1 is up/));
    simulation.controls.setManager('worker', parseManagerFlag('worker=job-queue-size,maximum=2')[1]);
    await checkups(3);
    await report(0);
    const { startedAt, endedAt, processes } = await ended;

    const [, changed] = processes.worker?.managers ?? [];
    const seconds = (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
    expect(changed).toMatchObject({ t: expect.any(Number), manager: { maximum: 2 } });
    expect(processes.worker?.dynoSecondsAtMaximum).toBeCloseTo(2 * seconds + 2 * (changed?.t ?? NaN), 6);
    expect(processes.web).not.toHaveProperty('managers');
  });
});

describe('a number that is not known', () => {
  it('changes nothing, and a run with it is not idle', async () => {
    await report(2);
    const { ended } = await start('exec sleep 1000', 'job-queue-size,minimum=0,maximum=2');
    await until(event(/worker\.2 is up/));
    await report(null);
    await until((state) => valuesOf(state).filter((value) => value === null).length >= 5);
    expect(simulation.state.process('worker')?.dynos).toHaveLength(2);
    await report(0);
    const { problems, processes } = await ended;
    expect(problems).toEqual([]);
    expect(processes.worker).toMatchObject({ worst: 2, secondsToFirstDyno: expect.any(Number) });
  });
});

describe('the manager', () => {
  it('can be changed while the app runs', async () => {
    await report(4);
    const { ended } = await start('exec sleep 1000', 'job-queue-size,ratio=4,maximum=4');
    await until(event(/^0 → 1 dyno/));
    simulation.controls.setManager('worker', parseManagerFlag('worker=job-queue-size,ratio=1,maximum=3')[1]);
    await until(event(/^1 → 3 dyno/));
    await report(0);
    expect((await ended).processes.worker?.manager).toMatchObject({ ratio: 1, maximum: 3 });
  });

  it('decides by HireFire’s own clock, which --speed makes faster: minutes of a time-out pass in seconds', async () => {
    await report(1);
    const { ended } = await start('exec sleep 1000', 'job-queue-size,maximum=2,upscaleTimeout=1', { speed: 60 });
    await until(event(/^0 → 1 dyno/));
    await report(2);
    await until(event(/^1 → 2 dyno/));
    const [first = NaN, second = NaN] = simulation.state.events.flatMap(({ t, text }) => (text.includes('→') ? t : []));
    expect(second - first).toBeGreaterThanOrEqual(1);
    await report(0);
    expect((await ended).speed).toBe(60);
  });
});

describe('a poll that waits in the queue of the router', () => {
  it('fails with that as its cause', async () => {
    await report(0);
    const times = { ...TIMES, firstByte: 3_000 };
    const { ended } = await start('exec sleep 1000', 'job-queue-size', { untilIdle: false, times });
    await until(event(/web\.1 is up/));
    const streams = Array.from({ length: MAX_ACTIVE_PER_DYNO }, async () => fetch(`${simulation.url}/stream`));
    await Promise.all(streams);
    await until(event(/a poll failed: no answer/));
    simulation.end();
    const { problems } = await ended;
    expect(problems).toContainEqual(
      expect.objectContaining({ kind: 'poll-failed', cure: expect.stringContaining("router's queue") }),
    );
  });
});

describe('users’ requests', () => {
  it('that are lost are reported by their codes, with the cure', async () => {
    await report(0);
    const { ended } = await start('exec sleep 1000', 'job-queue-size', { untilIdle: false });
    await until(event(/web\.1 is up/));
    simulation.controls.scale?.('web', 0);
    await until(event(/web\.1 stopped/));
    const answer = await fetch(`${simulation.url}/some/page?secret=1`);
    expect(answer.status).toBe(503);
    simulation.end();
    const { problems, router } = await ended;
    expect(router).toMatchObject({ requests: 1, codes: { H14: 1 } });
    expect(problems).toContainEqual({
      kind: 'request-lost',
      process: 'web',
      dyno: null,
      t: expect.any(Number),
      message: 'GET /some/page: H14, there are no web dynos',
      cure: expect.stringContaining('minimum of web'),
    });
  });
});
