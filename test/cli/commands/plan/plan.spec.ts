/** `plan`: what it prints, its exit code, and what it writes. */
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planCommand } from '../../../../cli/commands/plan/plan-command.js';
import { pageOf } from '../../../../cli/commands/plan/page.js';
import { plan, type Planned, type PlanOptions } from '../../../../cli/commands/plan/plan.js';
import { saveStarred } from '../../../../cli/commands/plan/save.js';
import { managerText } from '../../../../cli/commands/plan/text.js';
import { parseConfig } from '../../../../cli/hirefire/managers/config.js';
import type { WorkerManager } from '../../../../cli/hirefire/managers/schema.js';
import { workerManager } from '../../plan/support.js';
import { UsageError } from '../../../../cli/io/errors.js';
import { manager } from '../../hirefire/managers/support.js';
import { rejectionOf } from '../../support/errors.js';
import { builtScript } from '../../../support/script.js';

const workerFile = builtScript('cli/plan/replay-worker.ts');
const ONE_DYNO = { type: 'job-queue-size', minimum: 1, maximum: 1 } as const;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, name);

/** It depends on the machine. */
const PROGRESS = /^.* settings replayed .*\n/gm;

interface Run {
  readonly planned: Planned;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Jobs = readonly (readonly [readyAt: number, took: number])[];

/** Three jobs in an hour, for one dyno: it starts them at 0, 10 and 30, so they wait 0, 10 and 25 s. */
const THREE: Jobs = [
  [0, 10],
  [0, 20],
  [5, 30],
];

async function run(
  processes: Readonly<Record<string, Jobs>>,
  config: object,
  options: Partial<PlanOptions> = {},
  seconds = 3600,
): Promise<Run> {
  const trace = {
    ...{ version: 1, startedAt: '2026-11-29T10:00:00.000Z', seconds },
    processes: Object.fromEntries(
      Object.entries(processes).map(([name, jobs]) => [name, { jobs, waiting: 0, dropped: 0 }]),
    ),
  };
  await Promise.all([
    writeFile(path('trace.json'), JSON.stringify(trace)),
    writeFile(path('hirefire.json'), `${JSON.stringify(config, undefined, 2)}\n`),
  ]);
  let [stdout, stderr] = ['', ''];
  const planned = await plan(
    [path('trace.json')],
    { boot: 15, phases: 4, config: path('hirefire.json'), ...options },
    {
      stdout: { write: (text: string) => (stdout += text) },
      stderr: { write: (text: string) => (stderr += text) },
      workerFile,
    },
  );
  return {
    planned,
    code: planned.exitCode,
    stdout: stdout.replaceAll(`${folder}/`, ''),
    stderr: stderr.replaceAll(PROGRESS, ''),
  };
}

const refusal = async (config: object, options: Partial<PlanOptions>): Promise<string> =>
  (await rejectionOf(run({ worker: THREE }, config, options), UsageError)).replaceAll(`${folder}/`, '');

const linesOf = ({ stdout }: Run): string[] => stdout.trimEnd().split('\n');

/** With the manager of now. */
const longestWait = ({ planned }: Run): number | undefined => planned.answer.processes.worker?.plans[0]?.wait?.max;

describe('plan', () => {
  it('prints a table: one dyno all the time is what three jobs need', async () => {
    const config = { managers: { worker: ONE_DYNO }, dynoPrices: { worker: 30 } };
    const result = await run({ worker: THREE }, config, { slots: new Map([['worker', 1]]) });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(linesOf(result)).toEqual([
      'worker: 3 jobs in 1 h, 20 s each (95 %: 30 s), 1 at a time per dyno',
      '! 3 jobs of history is little: plan again with at least 200 jobs and one hour',
      '  now      1 dyno    24 dyno hours a day   $30 a month   95 % wait at most 25 s',
      '* cheaper  1 dyno    24                    $30           25 s',
      '  faster   2 dynos   48                    $60            5 s',
      '  fixed    1 dyno    24                    $30           25 s',
    ]);
    const { processes, ...page } = pageOf(result.planned);
    expect(page).toEqual({ source: path('trace.json'), title: 'plan over 1 h of history' });
    const [{ settings, ...worker } = { settings: [] }] = processes;
    expect(worker).toEqual({ name: 'worker', notes: linesOf(result).slice(0, 2), unit: 'dollars a month' });
    const cost = { cost: 30, costText: '$30', wait: 25, waitText: '25 s' };
    expect(settings.filter(({ ids }) => ids.length > 0)).toEqual([
      { ids: ['now', 'cheaper', 'fixed'], isStarred: true, manager: '1 dyno', ...cost },
      { ids: ['faster'], isStarred: false, manager: '2 dynos', cost: 60, costText: '$60', wait: 5, waitText: '5 s' },
    ]);
    expect(settings.length).toBeGreaterThan(50);
  });

  it('gives the same as JSON, and notes on the other stream', async () => {
    const config = { managers: { worker: ONE_DYNO } };
    const { stdout, stderr, code } = await run({ worker: THREE, mail: [[0, 1]] }, config, { json: true });
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: 'mail has no manager, so it is not planned: add one to hirefire.json, or give --manager\n',
    });
    const { seconds, processes } = JSON.parse(stdout) as {
      seconds: number;
      processes: { worker: { plans: object[] } };
    };
    expect({ seconds, processes }).toEqual({
      seconds: 3600,
      processes: {
        worker: {
          ...{ jobs: 3, took: { mean: 20, p95: 30 }, estimated: false },
          plans: [
            {
              ...{ id: 'now', starred: false, manager: manager(ONE_DYNO), dynoHours: 1, dynoHoursPerDay: 24 },
              ...{ pricePerMonth: null, wait: { mean: 35 / 3, p50: 10, p95: 25, max: 25 }, interrupted: 0 },
            },
            expect.objectContaining({ id: 'cheaper', starred: true }),
            expect.objectContaining({ id: 'faster', starred: false }),
            expect.objectContaining({ id: 'fixed', starred: false, manager: manager(ONE_DYNO), dynoHours: 1 }),
          ],
        },
      },
    });
  });

  const ofOne = { managers: { worker: { type: 'job-queue-size' } } };
  const overNoon = [{ from: '11:00', until: '12:00', minimum: 1 }];
  const atNoon = { managers: { worker: { type: 'job-queue-size', timeRanges: overNoon } } };
  it.each<[what: string, config: object, options: Partial<PlanOptions>, wait: number]>([
    ["HireFire's checkup a minute, a dyno that is up 15 s later", ofOne, {}, 65],
    ['the checkups of the file', { ...ofOne, checkupFrequency: 30 }, {}, 35],
    ['--boot', ofOne, { boot: 2 }, 52],
    ['two phases, the second half a minute later', ofOne, { phases: 2 }, (65 + 35) / 2],
    ['the time zone of the file', { ...atNoon, timeZone: 'Europe/Amsterdam' }, {}, 0],
    ['UTC', atNoon, {}, 65],
  ])('replays with %s', async (_what, config, options, wait) => {
    expect(longestWait(await run({ worker: [[10, 20]] }, config, { phases: 1, ...options }))).toBe(wait);
  });

  it.each<[what: string, config: object, options: Partial<PlanOptions>, wait: number]>([
    ['one job at a time', {}, {}, 25],
    ['as many as the file says', { slots: { worker: 3 } }, {}, 0],
    [
      'as many as --slots says, whatever the file says',
      { slots: { worker: 3 } },
      { slots: new Map([['worker', 2]]) },
      5,
    ],
  ])('lets a dyno work on %s', async (_what, slots, options, wait) => {
    const config = { managers: { worker: ONE_DYNO }, ...slots };
    expect(longestWait(await run({ worker: THREE }, config, options))).toBe(wait);
  });

  it('ends with 1 where jobs never end', async () => {
    const config = { managers: { worker: { type: 'job-queue-size', maximum: 0 } } };
    const result = await run({ worker: THREE }, config);
    expect(result.code).toBe(1);
    expect(linesOf(result)[2]).toMatch(/^ {2}now {6}0 dynos {2,}[\d.]+ dyno hours a day {3}never ends$/);
    expect(linesOf(result).at(-1)).toBe(
      'worker: with 0 dynos the jobs never end: raise its maximum, or protect the dynos that run jobs',
    );
    const { stdout } = await run({ worker: THREE }, config, { json: true });
    expect(JSON.parse(stdout)).toMatchObject({
      processes: {
        worker: { plans: expect.arrayContaining([expect.objectContaining({ wait: null, endless: true })]) },
      },
    });
  });

  it('names a job that no manager could end', async () => {
    const result = await run({ worker: [[5, 90_000]] }, { managers: { worker: ONE_DYNO } }, { phases: 1 });
    expect(result.code).toBe(1);
    expect(linesOf(result).at(-1)).toBe(
      'worker: a job of 90,000 s ends over a day after the trace, with any manager: give its times in seconds',
    );
  });

  it('keeps --wait, or says how near one comes', async () => {
    const config = { managers: { worker: ONE_DYNO } };
    const kept = await run({ worker: THREE }, config, { wait: 10, phases: 1 });
    expect(kept.code).toBe(0);
    const wait = /^\* cheaper .* {2,}(\d+) s$/m.exec(kept.stdout)?.[1];
    expect(Number(wait)).toBeLessThanOrEqual(10);
    // A job waited for 100 s before the trace began.
    const late = await run(
      {
        worker: [
          [-100, 5],
          [0, 5],
        ],
      },
      config,
      { wait: 20 },
    );
    expect(late.code).toBe(1);
    expect(late.stdout).toMatch(/^worker: no setting keeps a 95 % wait of 20 s: .+ comes nearest, with 100 s$/m);
    expect(late.stdout).not.toContain('*');
  });

  it('keeps --budget for all processes together, or says how near it comes', async () => {
    const config = {
      managers: { worker: ONE_DYNO, mail: ONE_DYNO },
      dynoPrices: { worker: 30, mail: 30 },
    };
    const processes = { worker: THREE, mail: THREE };
    const kept = await run(processes, config, { budget: 40, json: true, phases: 1 });
    expect(kept.code).toBe(0);
    const answer = JSON.parse(kept.stdout) as {
      processes: Record<string, { plans: { id: string; starred: boolean; pricePerMonth: number }[] }>;
    };
    const starred = Object.values(answer.processes).flatMap(({ plans }) => plans.filter((one) => one.starred));
    expect(starred.map(({ id }) => id)).toEqual(['faster', 'faster']);
    expect(starred.reduce((sum, { pricePerMonth }) => sum + pricePerMonth, 0)).toBeLessThanOrEqual(40);
    const missed = await run(processes, config, { budget: 0, phases: 1 });
    expect(missed.code).toBe(1);
    expect(missed.stdout).toMatch(
      /^no setting keeps \$0\.00 a month, the cheapest is \$[\d.]+: worker with .+, mail with .+$/m,
    );
  });

  it('never says that it wrote through a link whose file is not there', async () => {
    const link = path('link.json');
    await symlink(path('gone.json'), link);
    const replayed = { dynoHours: 1, dynoHoursPerDay: 24, wait: null, interrupted: 0, endless: false };
    const now = { manager: workerManager(ONE_DYNO), replayed };
    const saved = saveStarred(
      [
        {
          ...{ name: 'worker', now: now.manager, slots: 1, price: undefined },
          workload: { startedAt: new Date(), seconds: 1, jobs: [], waiting: 0, estimated: false },
          searched: { now, fixed: undefined, settings: [] },
          picks: { now, cheaper: now, starred: 'cheaper' },
        },
      ],
      link,
    );

    expect(await rejectionOf(saved, UsageError)).toBe(
      `${link} can't be written: it is a link to a file that is not there, or was made during the search`,
    );
  });

  it('writes the starred manager, and nothing else', async () => {
    const others = { checkupFrequency: 30, dynoPrices: { worker: 30 }, slots: { worker: 2 } };
    const urgent = { type: 'job-queue-latency', minimumLatency: 1, maximumLatency: 2 };
    const config = { ...others, managers: { urgent, worker: ONE_DYNO } };
    const { stdout } = await run({ worker: THREE }, config, { write: true, wait: 300 });
    const [, starred = ''] = /^\* cheaper {2}(.*?) {2}/m.exec(stdout) ?? [];
    expect(stdout).toContain(`\nhirefire.json: worker has ${starred}.\n`);
    const written = JSON.parse(await readFile(path('hirefire.json'), 'utf8')) as {
      managers: { worker: WorkerManager & { ratio: number } };
    };
    const { worker } = written.managers;
    expect(written).toEqual({ ...others, managers: { urgent, worker: manager(worker) } });
    expect(starred).toBe(`ratio ${worker.ratio}, 0 to ${worker.maximum}`);
  });

  const sizeWith = (settings: object): WorkerManager =>
    workerManager({ type: 'job-queue-size', ratio: 5, ...settings });
  const size = sizeWith({});
  const latency = workerManager({ type: 'job-queue-latency', minimumLatency: 1, maximumLatency: 9 });
  it.each<[what: string, now: WorkerManager, starred: WorkerManager, lines: string[]]>([
    [
      'gets it',
      size,
      sizeWith({ protect: true }),
      ["In the app, write @HireFireProc('worker', { protect: { ratio: 5 } })."],
    ],
    [
      'gets it by latency',
      latency,
      { ...latency, protect: true },
      ["In the app, write @HireFireProc('worker', { protect: { minimumLatency: 1 } })."],
    ],
    [
      'has another ratio',
      sizeWith({ protect: true }),
      sizeWith({ ratio: 7, protect: true }),
      ["In the app, write @HireFireProc('worker', { protect: { ratio: 7 } })."],
    ],
    ['loses it', sizeWith({ protect: true }), size, ["In the app, take protect out of @HireFireProc('worker', ...)."]],
    ['keeps it', sizeWith({ protect: true }), sizeWith({ maximum: 9, protect: true }), []],
  ])('names the decorator where the proc %s', async (_what, now, starred, lines) => {
    const replayed = { dynoHours: 1, dynoHoursPerDay: 24, wait: null, interrupted: 0, endless: false };
    const [pick, before] = [
      { manager: starred, replayed },
      { manager: now, replayed },
    ];
    const file = path('fresh.json');
    await rm(file, { force: true });
    const workload = { startedAt: new Date(), seconds: 1, jobs: [], waiting: 0, estimated: false };
    const said = await saveStarred(
      [
        {
          ...{ name: 'worker', workload, now, slots: 1, price: undefined },
          searched: { now: before, fixed: undefined, settings: [] },
          picks: { now: before, cheaper: pick, starred: 'cheaper' },
        },
      ],
      file,
    );
    expect(said).toEqual([`${file}: worker has ${managerText(starred)}.`, ...lines]);
    expect(parseConfig(await readFile(file, 'utf8')).managers.get('worker')).toEqual(starred);
  });

  it.each<[what: string, config: object, options: Partial<PlanOptions>, error: string]>([
    [
      '--wait and --budget',
      {},
      { wait: 1, budget: 1 },
      '--wait and --budget: give one of them, as each asks for another setting',
    ],
    [
      'a budget without a price',
      { dynoPrices: { mail: 5 } },
      { budget: 1 },
      '--budget needs the price of a dyno: add "dynoPrices": { "worker": 25 } to hirefire.json',
    ],
    [
      'a file that is wrong',
      { slots: { worker: 'x' } },
      {},
      'hirefire.json: slots.worker is "x": use a whole number from 1 to 10000',
    ],
    [
      'a checkup every millisecond',
      { checkupFrequency: 0.001 },
      {},
      'hirefire.json: checkupFrequency is 0.001: use seconds from 1 to 3600',
    ],
  ])('%s is refused', async (...[, config, options, error]) => {
    expect(await refusal(config, options)).toBe(error);
  });

  it('more checkups than a replay can have are refused', async () => {
    const twelveDays = run({ worker: THREE }, { checkupFrequency: 1 }, {}, 1_000_001);
    expect(await rejectionOf(twelveDays, UsageError)).toBe(
      `${path('hirefire.json')}: checkupFrequency is 1: that is over 1,000,000 checkups in 277 h 46 min: raise it, or plan a shorter time`,
    );
  });

  it.each<[args: string[], error: RegExp]>([
    [[], /missing required argument 'source'/],
    [['x', '--job', 'worker'], /argument 'worker' is invalid\. use --job <process=duration>$/],
    [['x', '--job', 'worker=soon'], /"soon" is not a duration above 0/],
    [['x', '--slots', 'worker=1', '--slots', 'worker=2'], /It is given twice\.$/],
    [['x', '--slots', 'worker=0'], /use a whole number from 1 to 10000$/],
    [['x', '--boot', '-1'], /"-1" is not a duration above 0/],
    [
      ['x', '--boot', '25h'],
      /option '--boot <duration>' argument '25h' is invalid\. "25h" is too long: use at most 24h$/,
    ],
    [['x', '--wait', '1d'], /"1d" is not a duration/],
    [['x', '--budget', '-5'], /use dollars a month, such as 50$/],
    [['x', '--phases', '0'], /use a whole number from 1 to 60$/],
  ])('%j is refused', async (args, error) => {
    const command = planCommand()
      .exitOverride()
      .configureOutput({ outputError: () => undefined });
    await expect(command.parseAsync(args, { from: 'user' })).rejects.toThrow(error);
  });
});
