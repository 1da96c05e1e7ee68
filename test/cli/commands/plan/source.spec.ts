/** The jobs of a plan: from an app, from files, from a recording; and what is said of anything else. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askTrace } from '../../../../cli/commands/plan/ask-trace.js';
import { processesToPlan, type Settings } from '../../../../cli/commands/plan/processes.js';
import { readSource } from '../../../../cli/commands/plan/source.js';
import type { Trace } from '../../../../cli/commands/plan/trace.js';
import { parseConfig } from '../../../../cli/hirefire/managers/config.js';
import { DEFAULT_MANAGER } from '../../../../cli/hirefire/managers/managers-for.js';
import { UsageError } from '../../../../cli/io/errors.js';
import { manager } from '../../hirefire/managers/support.js';
import { rejectionOf } from '../../support/errors.js';
import { closeServers, serve, TOKEN } from '../../support/servers.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
});

afterEach(async () => {
  await closeServers();
  await rm(folder, { recursive: true, force: true });
});

const START = '2026-11-29T10:00:00.000Z';

type Job = readonly [readyAt: unknown, took: unknown];

const process = (jobs: unknown, waiting: unknown = 0, dropped: unknown = 0): object => ({ jobs, waiting, dropped });

const trace = (processes: unknown, more: object = {}): string =>
  JSON.stringify({ version: 1, startedAt: START, seconds: 100, processes, ...more });

async function saved(text: string, name = 'one'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function read(...texts: readonly string[]): Promise<Trace> {
  const paths = await Promise.all(texts.map((text, index) => saved(text, `${index}`)));
  const source = await readSource(paths, undefined);
  if (source.kind !== 'trace') {
    throw new Error('it is a recording');
  }
  return source.trace;
}

/** Without the folder of the test. */
async function refusal(...texts: readonly string[]): Promise<string> {
  return (await rejectionOf(read(...texts), UsageError)).replaceAll(`${folder}/`, '');
}

const jobsOf = ({ processes }: Trace, name = 'worker'): Job[] =>
  (processes.get(name)?.jobs ?? []).map(({ readyAt, took }) => [readyAt, took]);

describe('a saved trace', () => {
  it('has the jobs of each process', async () => {
    const text = trace({
      worker: process(
        [
          [-1.5, 2],
          [0, 0],
          [0, 41.25],
        ],
        3,
        2,
      ),
      mail: process([]),
      cron: null,
    });
    expect(await read(`\uFEFF${text}`)).toMatchObject({ startedAt: new Date(START), seconds: 100 });
    const { processes } = await read(text);
    expect(processes).toEqual(
      new Map([
        [
          'worker',
          {
            jobs: [
              { readyAt: -1.5, took: 2 },
              { readyAt: 0, took: 0 },
              { readyAt: 0, took: 41.25 },
            ],
            waiting: 3,
            dropped: 2,
          },
        ],
        ['mail', { jobs: [], waiting: 0, dropped: 0 }],
        ['cron', null],
      ]),
    );
  });

  const ofJobs = (...jobs: readonly unknown[]): string => trace({ worker: process(jobs) });
  it.each<[what: string, text: string, error: string]>([
    [
      'a web page',
      '\n<!doctype html><p>secret',
      '0: a web page, not JSON: save what /hirefire/trace answers with the token',
    ],
    [
      'a text',
      '{"version": 1,\n"jobs": secret,\n"a": 1}',
      '0, line 2: not JSON: save the whole answer or recording again',
    ],
    [
      'an answer that is cut off',
      ofJobs([1, 2]).slice(0, -4),
      '0, line 1: not JSON: save the whole answer or recording again',
    ],
    ['nothing', ' \n', '0 is empty: save a trace or a recording there'],
    ['an array', '["secret"]', '0: is an array: use an object'],
    [
      'another file',
      '{"name":"x"}',
      '0: version is missing: use a trace that /hirefire/trace answers, or a recording of watch',
    ],
    [
      'another version',
      trace({}, { version: 2 }),
      '0: version is 2: this nestjs-hirefire reads 1: use the one of the app',
    ],
    [
      'another start',
      trace({}, { startedAt: 'secret' }),
      '0: startedAt is a text: use a time such as "2026-11-29T10:00:00.000Z"',
    ],
    [
      'a start without its time zone',
      trace({}, { startedAt: '2026-11-29T10:00:00' }),
      '0: startedAt is a text: use a time such as "2026-11-29T10:00:00.000Z"',
    ],
    [
      'a start after all time zones',
      trace({}, { startedAt: '+275760-09-12T23:59:59.000Z' }),
      '0: startedAt is a text: use a time such as "2026-11-29T10:00:00.000Z"',
    ],
    [
      'a version that is a text',
      trace({}, { version: '1' }),
      '0: version is a text: this nestjs-hirefire reads 1: use the one of the app',
    ],
    ['a negative span', trace({}, { seconds: -1 }), '0: seconds is -1: use a number from 0 to 31622400'],
    ['an endless span', trace({}).replace('100', '1e999'), '0: seconds is Infinity: use a number from 0 to 31622400'],
    ['no processes', trace(null), '0: processes is null: use an object'],
    [
      'a bad name',
      trace({ 'a b': null }),
      '0: processes is an object: use process names of the Procfile: a letter first, then letters, digits, - and _, at most 63',
    ],
    ['a process that is none', trace({ worker: 5 }), '0: processes.worker is 5: use an object'],
    [
      'jobs with names',
      ofJobs(['secret', 1]),
      '0: processes.worker.jobs[0][0] is a text: use a number from -31622400 to 31622400',
    ],
    [
      'jobs with data',
      ofJobs([1, 1], [2, { secret: 1 }]),
      '0: processes.worker.jobs[1][1] is an object: use a number from 0 to 31622400',
    ],
    ['jobs with more', ofJobs([1, 1, 'secret']), '0: processes.worker.jobs[0] is an array: use a pair of numbers'],
    [
      'NaN, which JSON writes as null',
      ofJobs([1, NaN]),
      '0: processes.worker.jobs[0][1] is null: use a number from 0 to 31622400',
    ],
    ['a negative time', ofJobs([1, -0.5]), '0: processes.worker.jobs[0][1] is -0.5: use a number from 0 to 31622400'],
    [
      'jobs that are not sorted',
      ofJobs([1, 1], [3, 1], [2, 1]),
      '0: processes.worker.jobs[2][0] is 2: jobs are sorted by this number: save the answer again',
    ],
    [
      'too many jobs',
      trace({ worker: process(Array(1_000_001).fill([1, 1])) }),
      '0: processes.worker.jobs is an array: there are over 1,000,000 jobs: plan a shorter time',
    ],
    [
      'half a job in line',
      trace({ worker: process([], 0.5) }),
      '0: processes.worker.waiting is 0.5: use a whole number',
    ],
    [
      'too many in line',
      trace({ worker: process([], 1e9) }),
      '0: processes.worker.waiting is 1000000000: use a number from 0 to 1000000',
    ],
    [
      'a negative count',
      trace({ worker: process([], 0, -1) }),
      '0: processes.worker.dropped is -1: use a number from 0 to 9007199254740991',
    ],
  ])('%s is refused by its place, without a word of it', async (_what, text, error) => {
    expect(await refusal(text)).toBe(error);
  });

  it('is refused where it is not there', async () => {
    expect(await rejectionOf(readSource(['none.json'], undefined), UsageError)).toBe(
      'there is no file none.json: name a saved trace or recording, or a URL such as http://localhost:3000',
    );
  });
});

describe('several traces of one app', () => {
  const later = { startedAt: '2026-11-29T10:01:00.000Z' };

  it('are one: what several have counts once', async () => {
    const first = trace({
      worker: process(
        [
          [-2, 3],
          [10.001, 5],
          [70.5, 9],
          [70.5, 9],
        ],
        7,
        1,
      ),
      cron: null,
    });
    const second = trace(
      {
        worker: process(
          [
            [-49.999, 5],
            [10.5, 9],
            [10.5, 9],
            [10.5, 9],
            [99, 1],
          ],
          2,
          1,
        ),
        cron: null,
      },
      later,
    );
    for (const files of [
      [first, second],
      [second, first],
      [second, first, second],
    ]) {
      const both = await read(...files);
      expect(both).toMatchObject({ startedAt: new Date(START), seconds: 160 });
      expect(jobsOf(both)).toEqual([
        [-2, 3],
        [10.001, 5],
        [70.5, 9],
        [70.5, 9],
        [70.5, 9],
        [159, 1],
      ]);
      expect(both.processes.get('worker')).toMatchObject({ waiting: 7 });
      expect(both.processes.get('cron')).toBeNull();
    }
  });

  it('may contain each other', async () => {
    const inner = trace({ worker: process([[1, 1]]) }, { ...later, seconds: 10 });
    const both = await read(trace({ worker: process([[0, 1]]) }), inner);
    expect(both.seconds).toBe(100);
    expect(jobsOf(both)).toEqual([
      [0, 1],
      [61, 1],
    ]);
  });

  it.each<[what: string, one: string, other: string, error: string]>([
    [
      'leave a gap',
      trace({ worker: process([]) }),
      trace({ worker: process([]) }, { startedAt: '2026-11-29T10:03:10.000Z' }),
      '1 begins 1m 30s after the others end: give files without a gap, or plan each alone',
    ],
    [
      'are of several apps',
      trace({ worker: process([]), cron: null }),
      trace({ mail: process([]), worker: process([]) }),
      '0 has no history of "mail", which 1 has: give files of one app, or plan each alone',
    ],
    [
      'are not all traces',
      trace({ worker: process([]) }),
      `{"t":0,"processes":{}}\n`,
      '1 is a recording: give it alone',
    ],
  ])('that %s are refused', async (_what, one, other, error) => {
    expect(await refusal(one, other)).toBe(error);
  });
});

describe('the trace of an app', () => {
  it('is asked for by the header, packed too', async () => {
    const { url } = await serve(({ url: path, headers }, response) => {
      const isRight = path === '/shop/hirefire/trace' && headers['hirefire-token'] === TOKEN;
      response
        .writeHead(isRight ? 200 : 404, { 'content-encoding': 'gzip' })
        .end(gzipSync(trace({ worker: process([[1, 2]]) })));
    });
    const source = await readSource([`${url}/shop/`], TOKEN);
    expect(source.kind === 'trace' && jobsOf(source.trace)).toEqual([[1, 2]]);
  });

  it.each<[what: string, status: number, body: string, error: RegExp]>([
    [
      'no trace',
      404,
      '{"message":"Cannot GET /hirefire/trace","error":"Not Found","statusCode":404}',
      /trace: Nest's 404: with BullMQ, set trace: true in HireFireModule\.forRoot\(\) and deploy it; with another library, plan a recording of "nestjs-hirefire watch <url> --record <file>"\. Or check the token and the URL$/,
    ],
    [
      'queues that it can not read',
      503,
      '{"errors":[{"name":"worker","message":"no Redis"}]}',
      /: 503, the app can't read its queues: worker: no Redis$/,
    ],
    [
      'a web page',
      200,
      '<!doctype html><div id="root">',
      /: a single-page app's index\.html: a catch-all route answers before the agent: /,
    ],
    ['nothing', 200, ' \n', /\/hirefire\/trace: an empty answer: see which route answers there$/],
    ['a text', 200, '\nOK', /\/hirefire\/trace, line 2: not JSON: see which route answers there$/],
    ['something else', 200, '[{"name":"worker","value":1}]', /\/hirefire\/trace: is an array: use an object$/],
    ['too much', 200, ' '.repeat(2_000), /: the answer is over 0\.001 MB: see which route answers there$/],
  ])('is refused where the app answers %s', async (_what, status, body, error) => {
    const { url } = await serve((_request, response) => response.writeHead(status).end(body));
    expect(await rejectionOf(askTrace(new URL(url), TOKEN, 1_000), UsageError)).toMatch(error);
  });

  it('needs a token, and one URL', async () => {
    expect(await rejectionOf(readSource(['http://127.0.0.1:9', 'x'], TOKEN), UsageError)).toMatch(
      /^<source>: give one URL, or files/,
    );
  });
});

describe('a recording', () => {
  const MANAGER = { type: 'job-queue-size', ratio: 2, maximum: 4 };
  type Point = readonly [t: number, value: number | null, dynos: number];
  const recording = (
    points: readonly Point[],
    settings: object = MANAGER,
    startedAt: string | undefined = START,
  ): string =>
    points
      .map(([t, value, dynos]) =>
        JSON.stringify({ startedAt, t, processes: { worker: { value, dynos, manager: settings } } }),
      )
      .join('\n');

  const SETTINGS: Settings = { config: undefined, managers: [], job: new Map([['worker', 30]]), slots: new Map() };

  async function planned(text: string, settings: Partial<Settings> = {}) {
    const source = await readSource([await saved(text, 'r')], undefined);
    return processesToPlan(source, { ...SETTINGS, ...settings });
  }

  const error = async (text: string, settings?: Partial<Settings>): Promise<string> =>
    (await rejectionOf(planned(text, settings), UsageError)).replaceAll(`${folder}/`, '');

  it('gives the jobs that must have come in, evenly between two checkups', async () => {
    // 2 in line; then 2 dynos could finish 4 in 60 s, and 2 more are there: 6 came. Then 4 go, 4 are finished: none came.
    const {
      planned: [worker],
      seconds,
      notes,
    } = await planned(
      recording([
        [1, 2, 2],
        [61, 4, 2],
        [121, 0, 0],
        [181, 1, 1],
      ]),
    );
    expect({ seconds, notes }).toEqual({ seconds: 180, notes: [] });
    expect(worker).toMatchObject({ name: 'worker', slots: 1, now: manager({ ...MANAGER, type: 'job-queue-size' }) });
    expect(worker?.workload).toEqual({
      startedAt: new Date('2026-11-29T10:00:01.000Z'),
      seconds: 180,
      jobs: [0, 0, 5, 15, 25, 35, 45, 55, 150].map((readyAt) => ({ readyAt, took: 30 })),
      waiting: 0,
      estimated: true,
    });
  });

  it('bridges failed polls, counts no slot without a job, and adds up parts of jobs', async () => {
    const points: readonly Point[] = [
      [0, 0, 5],
      [60, 0, 5],
      [90, null, 5],
      [120, 1, 5],
      [180, 1, 1],
    ];
    // From 60 to 120: one job more, and at most one slot busy for 60 s of 80 s: 1.75 came. Then 0.75.
    const {
      planned: [worker],
    } = await planned(recording(points), { job: new Map([['worker', 80]]), slots: new Map([['worker', 3]]) });
    const times = (worker?.workload.jobs ?? []).map(({ readyAt }) => Number(readyAt.toFixed(3)));
    expect(times).toEqual([77.143, 111.429, 180]);
    expect(worker?.slots).toBe(3);
  });

  it('has its own managers, which the file and the flags replace', async () => {
    const text = recording([
      [0, 0, 0],
      [60, 5, 0],
    ]);
    const config = parseConfig(
      '{"managers":{"worker":{"type":"job-queue-size","ratio":7}},"slots":{"worker":2},"dynoPrices":{"worker":9}}',
    );
    expect((await planned(text, { config })).planned).toMatchObject([{ now: { ratio: 7 }, slots: 2, price: 9 }]);
    const flag = manager({ type: 'job-queue-size', ratio: 9 });
    expect((await planned(text, { config, managers: [['worker', flag]] })).planned).toMatchObject([{ now: flag }]);
  });

  const old = recording([
    [0, 1, 0],
    [60, 5, 0],
  ]).replaceAll(/"startedAt":"[^"]*",|,"manager":\{[^}]*\}/g, '');

  it('of an older version gives what it has', async () => {
    expect(old).not.toMatch(/startedAt|manager/);
    const {
      planned: [worker],
      notes,
    } = await planned(old);
    expect(worker).toMatchObject({ now: DEFAULT_MANAGER, workload: { startedAt: new Date(0), seconds: 60 } });
    expect(notes).toEqual([
      'No managers are set: every process gets job-queue-size, ratio 1, 0 to 3 dynos (see hirefire.json, --manager).',
    ]);
  });

  const latency = { type: 'job-queue-latency', minimumLatency: 5, maximumLatency: 30 };
  const CURE = "which does not show how many jobs came: plan with the app's trace";
  const line = recording([[0, 1, 0]]);
  const ranged = manager({ type: 'job-queue-size', timeRanges: [{ from: '08:00', until: '20:00', minimum: 1 }] });
  it.each<[what: string, text: string, error: string, settings?: Partial<Settings>]>([
    ['of a latency', recording([[0, 1, 0]], latency), `r: worker is a latency, ${CURE}`, { job: new Map() }],
    ['of fractions', old.replace('5', '5.5'), `r: worker is a latency, ${CURE}`, { job: new Map() }],
    [
      'without --job',
      line,
      'r: a recording has no times of jobs: give --job worker=40s, what one takes',
      { job: new Map() },
    ],
    ['with --job of another', line, '--job: there are no jobs of "mail": use worker', { job: new Map([['mail', 3]]) }],
    [
      'with --slots of another',
      line,
      '--slots: there are no jobs of "mail": use worker',
      { slots: new Map([['mail', 3]]) },
    ],
    [
      'with a manager of another',
      line,
      '--manager: there are no jobs of "mail": use worker',
      { managers: [['mail', ranged]] },
    ],
    [
      'without startedAt for time ranges',
      old,
      'r has no startedAt, which the time ranges of worker need: record again',
      { managers: [['worker', ranged]] },
    ],
    [
      'without a line',
      `${line}\n{"t":5`,
      'r, line 2: not JSON: delete the line if the recording was cut off there, or record again',
    ],
    [
      'without a size',
      line.replace('"value":1', '"value":"secret"'),
      'r, line 1: processes.worker.value is a text: use a number from 0 to 1000000',
    ],
    [
      'with half a dyno',
      `${line}\n\n${line.replace('"dynos":0', '"dynos":0.5')}`,
      'r, line 3: processes.worker.dynos is 0.5: use a whole number',
    ],
    ['with a negative time', line.replace('"t":0', '"t":-1'), 'r, line 1: t is -1: use a number from 0 to 31622400'],
    [
      'with a wrong manager',
      line.replace('"ratio":2', '"ratio":0'),
      'r, line 1: worker.ratio is 0: use a whole number from 1 to 1000000',
    ],
    [
      'of two runs',
      `${recording([
        [0, 1, 0],
        [60, 1, 0],
      ])}\n${line}`,
      'r, line 3: another recording begins here: keep one in a file',
    ],
    [
      'of a day too many',
      recording([
        [0, 0, 0],
        [60, 1e6, 9],
        [120, 1e6, 9],
      ]),
      'r: worker would have over 1,000,000 jobs: check --job and --slots',
    ],
    [
      'of one checkup',
      recording([[0, 4, 1]]),
      'no job of worker ended in that time, so it is not planned: let it work first',
    ],
    [
      'that stays empty',
      recording([
        [0, 0, 1],
        [60, 0, 1],
      ]),
      'no job of worker ended in that time, so it is not planned: let it work first',
    ],
    [
      'without a known number',
      recording([[0, null, 1]]),
      'r: the number of worker was never known: the recording has the error of each poll',
    ],
  ])('%s is refused', async (...[, text, message, settings]) => {
    expect(await error(text, settings)).toBe(message);
  });

  it('is planned without its latencies and web, and bridges an hour of failed polls', async () => {
    const processes = {
      worker: { value: 1, dynos: 1, manager: MANAGER },
      urgent: { value: 0, dynos: 1, manager: latency },
      web: { value: null, dynos: 1 },
    };
    const failed = Array.from({ length: 20_000 }, (_, t) => ({
      startedAt: START,
      t,
      processes: { worker: { value: null, dynos: 1 } },
    }));
    const lines = [{ startedAt: START, t: 0, processes }, ...failed, { startedAt: START, t: 20_000, processes }];
    const { planned: all, notes } = await planned(lines.map((one) => JSON.stringify(one)).join('\n'));
    expect(all.map(({ name }) => name)).toEqual(['worker']);
    expect(all[0]?.workload.jobs).toHaveLength(1 + Math.round(20_000 / 30));
    expect(notes).toEqual([expect.stringMatching(/r: urgent is a latency, which/)]);
  });
});

describe('a trace', () => {
  it('takes no --job, and names what it can not plan', async () => {
    const text = trace({
      worker: process([[1, 2]], 0, 3),
      mail: process([[1, 2]]),
      cron: null,
      idle: process([]),
      web: process([[1, 2]]),
    });
    const source = await readSource([await saved(text)], undefined);
    const settings = {
      config: undefined,
      managers: [['worker', DEFAULT_MANAGER]],
      job: new Map(),
      slots: new Map(),
    } as const;
    const { planned, notes } = processesToPlan(source, settings);
    expect(planned.map(({ name }) => name)).toEqual(['worker']);
    expect(notes.map((note) => note.replaceAll(`${folder}/`, ''))).toEqual([
      'one: the backend of cron keeps no history: plan it from a recording of watch',
      'worker: left out 3 runs that the history has only in part',
      'mail has no manager, so it is not planned: add one to hirefire.json, or give --manager',
      'no job of idle ended in that time, so it is not planned: let it work first',
    ]);
    expect(() => processesToPlan(source, { ...settings, job: new Map([['worker', 2]]) })).toThrow(
      '--job worker: a trace has the times of its jobs: leave it out',
    );
  });
});
