/** The command as a user runs it, on a small app of real processes. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outerAddresses } from '../../../../cli/heroku/loopback-only.js';
import { freePort } from '../../../../tools/redis-server.js';
import { CommandRun } from '../../../support/command-run.js';
import { writeNumbers } from './numbers.js';

const APP = resolve('test/cli/commands/simulate/app');
const WEB = `web: node ${APP}/web.mjs`;

let folder: string;
let port: number;
let run: CommandRun | undefined;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-')));
  port = await freePort();
  env = { ...process.env, TMPDIR: folder };
  await report(0);
});

afterEach(async () => {
  await run?.end();
  run = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Sets the app's number. */
async function report(value: number): Promise<void> {
  await writeNumbers(folder, JSON.stringify([{ name: 'worker', value }]));
}

async function procfile(...lines: string[]): Promise<void> {
  await writeFile(join(folder, 'Procfile'), `${lines.join('\n')}\n`);
}

const worker = (how = ''): string => `worker: node ${APP}/worker.mjs ${how}`;

function simulate(...args: string[]): CommandRun {
  run = CommandRun.nestjsHirefire(['simulate', '--port', `${port}`, '--every', '0.2', ...args], { cwd: folder, env });
  return run;
}

const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}${path}`, init);

describe('a run until idle', () => {
  it('goes from zero dynos to zero dynos, and writes the report', async () => {
    await procfile(WEB, worker(), 'release: exit 1');
    await writeFile(join(folder, '.env'), 'FROM_ENV_FILE=yes\nDYNO=no\n');
    const started = simulate(
      '--logs',
      '--until-idle',
      '--report',
      'out.json',
      '--manager',
      'worker=job-queue-size,ratio=2,maximum=2',
    );
    await started.line(/^The app is at/);
    await started.line(/^Read Procfile, \.env \(2 variables\): a checkup every 0\.2 s$/);
    await started.line(/web\.1 is up/);
    expect(await (await ask('/', { headers: { Host: 'example.org' } })).text()).toBe(`web.1 yes 127.0.0.1:${port}`);
    await report(3);
    await started.line(/worker\.2 \| works/);
    await report(0);
    expect({ code: await started.ended(), text: started.text }).toEqual({ code: 0, text: expect.any(String) });
    expect(started.processes()).toEqual([]);

    const written: unknown = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8'));
    const point = { t: expect.any(Number), value: expect.any(Number), dynos: expect.any(Number) };
    expect(written).toEqual({
      app: basename(folder),
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      endedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      speed: 1,
      processes: {
        web: {
          manager: null,
          series: expect.any(Array),
          dynoSeconds: expect.any(Number),
          dynoSecondsAtMaximum: expect.any(Number),
          secondsToFirstDyno: null,
          worst: expect.any(Number),
        },
        worker: {
          manager: expect.objectContaining({ type: 'job-queue-size', ratio: 2, minimum: 0, maximum: 2 }),
          series: expect.arrayContaining([
            { ...point, value: 0, dynos: 0 },
            { ...point, value: 3, dynos: 2 },
          ]),
          dynoSeconds: expect.any(Number),
          dynoSecondsAtMaximum: expect.any(Number),
          secondsToFirstDyno: expect.any(Number),
          worst: 3,
        },
      },
      polls: { count: expect.any(Number), failed: 0, p50: expect.any(Number), max: expect.any(Number) },
      router: {
        requests: 1,
        p50: expect.any(Number),
        p95: expect.any(Number),
        codes: { H10: 0, H12: 0, H13: 0, H14: 0, H15: 0, H17: 0, H18: 0, H20: 0, H21: 0, H28: 0 },
      },
      problems: [],
      events: expect.arrayContaining([{ t: expect.any(Number), process: 'web', level: 'info', text: 'web.1 is up' }]),
    });
    const [logs] = /\/\S*nestjs-hirefire-logs-\S+/.exec(started.text) ?? [];
    expect(await readFile(`${logs ?? ''}/worker.2.log`, 'utf8')).toBe('worker.2 | works\n');
  });

  it('says of a process without managers what it gets, and shows the output of dynos with --logs', async () => {
    await procfile(WEB, worker());
    const started = simulate('--logs');
    await started.line(/^web\.1 \| listens on \d+$/);
    started.pressCtrlC();
    expect(await started.ended()).toBe(0);
    expect(started.text).toContain(
      'each process but web, release and postdeploy gets job-queue-size, ratio 1, 0 to 3 dynos',
    );
  });

  it('names each worker that has no manager while another process has one', async () => {
    await procfile(WEB, worker(), 'mail: exit 1', 'release: exit 1');
    const started = simulate('--manager', 'worker=job-queue-size');
    await started.line(/web\.1 is up/);
    started.pressCtrlC();
    expect(await started.ended()).toBe(0);
    expect(started.output.filter((line) => line.includes('no manager'))).toEqual([
      'mail has no manager, so it is not started: add one to hirefire.json, or give --manager',
    ]);
  });
});

it('takes the next free port where 5000 is taken, and says so', async () => {
  await procfile(WEB, worker());
  const taken = createServer().listen(5000, '127.0.0.1');
  // Another process may have taken it. Not once(), which rejects then.
  await new Promise<unknown>((resolve) => taken.once('listening', resolve).once('error', resolve));
  run = CommandRun.nestjsHirefire(['simulate'], { cwd: folder, env });
  const line = await run.line(/^Port 5000 is taken, so the router listens on 50\d\d$/);
  await run.line(new RegExp(`^The app is at http://127\\.0\\.0\\.1:${line.slice(-4)},`));
  run.pressCtrlC();
  await run.ended();
  taken.close();
});

describe('what goes wrong', () => {
  it('is reported with a cure, and exits 1: a crash', async () => {
    await procfile(WEB, worker('crash'));
    await report(1);
    const started = simulate('--report', 'out.json', '--manager', 'worker=job-queue-size,maximum=1');
    await started.line(/started again in 10 min/);
    started.pressCtrlC();
    expect(await started.ended()).toBe(1);
    const { problems } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as { problems: unknown };
    const [logs = ''] = /\/\S*nestjs-hirefire-logs-\S+/.exec(started.text) ?? [];
    expect(problems).toEqual([
      {
        kind: 'crashed',
        process: 'worker',
        dyno: 'worker.1',
        t: expect.any(Number),
        message: 'worker.1 crashed (exit code 3) and is started again at once',
        cure: expect.stringContaining('log'),
        lastLines: ['Error: no REDIS_URL', '    at boot'],
        log: join(logs, 'worker.1.log'),
      },
      expect.objectContaining({
        message: 'worker.1 crashed (exit code 3) and is started again in 10 min',
        lastLines: ['Error: no REDIS_URL', '    at boot'],
      }),
    ]);
  });

  it('is reported: a web dyno that only this machine can reach', async () => {
    await procfile('web: LISTEN_ON=localhost exec node ' + `${APP}/web.mjs`, worker());
    const started = simulate('--report', 'out.json');
    await started.line(/web\.1 is up/);
    if (outerAddresses().length > 0) {
      await started.line(/PROBLEM web\.1 listens on localhost only: on Heroku it would never be up \(R10\)/);
    }
    started.pressCtrlC();
    const hasProblem = (await started.ended()) === 1;
    const { problems } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as { problems: unknown[] };
    expect(problems).toEqual(
      hasProblem
        ? [
            {
              ...{ kind: 'boot-timeout', process: 'web', dyno: 'web.1', t: expect.any(Number) },
              message: 'web.1 listens on localhost only: on Heroku it would never be up (R10)',
              cure: expect.stringContaining("app.listen(port, '0.0.0.0')"),
            },
          ]
        : [],
    );
    expect(hasProblem).toBe(outerAddresses().length > 0);
  });

  it('is reported: an app that has no web process to ask', async () => {
    await procfile(worker());
    const started = simulate('--report', 'out.json');
    await started.line(/a poll failed/);
    started.pressCtrlC();
    expect(await started.ended()).toBe(1);
    const { problems } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as { problems: unknown[] };
    expect(problems[0]).toMatchObject({
      kind: 'poll-failed',
      cure: 'Add a process "web" to the Procfile: HireFire asks it for the numbers.',
    });
  });

  it('is reported: a poll that failed', async () => {
    await procfile(WEB, worker());
    await writeNumbers(folder, 'no JSON');
    const started = simulate('--report', 'out.json');
    await started.line(/a poll failed/);
    started.pressCtrlC();
    expect(await started.ended()).toBe(1);
    const { problems, processes } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as {
      problems: { kind: string }[];
      processes: { worker: { series: { value: unknown; dynos: number }[] } };
    };
    expect(new Set(problems.map(({ kind }) => kind))).toEqual(new Set(['poll-failed']));
    expect(processes.worker.series[0]).toEqual({ t: expect.any(Number), value: null, dynos: 0 });
  });
});

describe('a job that was interrupted', () => {
  it('is reported once for all the dynos that ended at once, and exits 1', async () => {
    await procfile(WEB, 'worker: exec sleep 1000');
    await report(4);
    const manager = 'worker=job-queue-size,decrementable=true,maximum=4';
    // At once by this clock, however long a busy machine takes.
    env.NODE_OPTIONS = '--import data:text/javascript,Date.now=()=>1800000000000';
    const started = simulate('--until-idle', '--report', 'out.json', '--manager', manager);
    await started.line(/worker\.4 is up/);
    await report(1);
    await started.line(/a job was interrupted/);
    await report(0);
    expect(await started.ended()).toBe(1);
    const { problems } = JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as { problems: unknown };
    expect(problems).toEqual([
      {
        kind: 'interrupted-job',
        process: 'worker',
        dyno: 'worker.2',
        t: expect.any(Number),
        message:
          'worker.2, worker.3, and worker.4 ended at once on SIGTERM while there were jobs, and their number did not fall: a job was interrupted',
        cure: expect.stringContaining('app.enableShutdownHooks()'),
      },
    ]);
  });
});

describe('the end', () => {
  it('is workers first, then web, after one Ctrl-C, with the report', async () => {
    await procfile(WEB, worker());
    await report(2);
    const started = simulate('--report', 'out.json');
    await started.line(/worker\.2 is up/);
    started.pressCtrlC();
    expect({ code: await started.ended(), text: started.text }).toEqual({ code: 0, text: expect.any(String) });
    const stops = started.output.flatMap((line) => /(\S+) stopped/.exec(line)?.[1] ?? []);
    expect(stops.slice(0, 2).sort()).toEqual(['worker.1', 'worker.2']);
    expect(stops.slice(2)).toEqual(['web.1']);
    expect(started.processes()).toEqual([]);
    expect(existsSync(join(folder, 'out.json'))).toBe(true);
  });

  it('is the usual one with open WebSockets, answered or not', async () => {
    await procfile(WEB, worker());
    const started = simulate('--report', 'out.json');
    await started.line(/web\.1 is up/);
    const head = 'GET /stream HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
    for (const path of ['/stream', '/']) {
      const user = connect(port, '127.0.0.1').on('error', () => undefined);
      user.write(`${head.replace('/stream', path)}${'x'.repeat(400_000)}`);
      await once(user, 'data');
    }
    started.pressCtrlC();
    expect({ code: await started.ended(), text: started.text }).toEqual({ code: 0, text: expect.any(String) });
    expect(existsSync(join(folder, 'out.json'))).toBe(true);
  });

  it('is at once after a second Ctrl-C, whatever ignores SIGTERM', async () => {
    await procfile(WEB, worker('fork'));
    await report(1);
    const started = simulate('--logs');
    await started.line(/worker\.1 \| works/);
    started.pressCtrlC();
    await started.line(/the run ends/);
    await sleep(300);
    started.pressCtrlC();
    expect(await started.ended()).toBe(130);
    expect(started.processes()).toEqual([]);
  });

  it('comes for all that is left when the command is killed', async () => {
    await procfile(WEB, worker('fork'));
    await report(1);
    const started = simulate('--logs');
    await started.line(/worker\.1 \| works/);
    process.kill(started.pid, 'SIGKILL');
    await started.gone();
  });

  it('comes too when the disk for logs is full', async () => {
    await procfile(WEB, worker());
    const started = CommandRun.nestjsHirefire(['simulate', '--port', `${port}`, '--every', '0.2', '--for', '1'], {
      cwd: folder,
      env: { ...process.env, TMPDIR: '/nonexistent' },
    });
    run = started;
    expect(await started.ended()).toBe(0);
    expect(started.text).toContain("The dynos' output can't be written to files");
  });
});

it('has the options that docs/simulate.md explains', async () => {
  run = CommandRun.nestjsHirefire(['simulate', '--help']);
  expect(await run.ended()).toBe(0);
  const options = run.output.flatMap((line) => /^ {2}(--[a-z-]+)/.exec(line)?.[1] ?? []);
  const text = await readFile('docs/simulate.md', 'utf8');
  const explained = [...text.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, option]) => option);
  expect(explained).toEqual(options);
});

describe('refused with exit 2, before anything is started', () => {
  it.each<[what: string, args: string[], message: string]>([
    ['an --env that is not there', ['--env', 'none'], '--env: there is no file none'],
    ['a --report of another ending', ['--report', 'out.txt'], '--report: "out.txt" ends neither in .json nor in .html'],
    ['a --report in no folder', ['--report', 'none/out.json'], "--report: none/out.json can't be written"],
    ['a --config that is not there', ['--config', 'none.json'], '--config: there is no file none.json'],
    ['a manager for no process', ['--manager', 'mail=job-queue-size'], 'no running process is called "mail"'],
    ['a manager for release', ['--manager', 'release=job-queue-size'], 'no running process is called "release"'],
    ['a speed of 0', ['--speed', '0'], '--speed'],
    ['a port that is none', ['--port', '99999'], '--port'],
    ['a duration that is none', ['--for', 'ever'], '--for'],
  ])('%s', async (_, args, message) => {
    await procfile(WEB, worker(), 'release: exit 1');
    const started = simulate(...args);
    expect(await started.ended()).toBe(2);
    expect(started.output).toHaveLength(1);
    expect(started.text).toContain(message);
    expect(started.processes()).toEqual([]);
  });

  it('no Procfile', async () => {
    const started = simulate();
    expect(await started.ended()).toBe(2);
    expect(started.text).toContain(
      'there is no Procfile in this folder: write one, with a line such as "web: node dist/main.js" for each process',
    );
  });

  it('a port that is taken', async () => {
    await procfile(WEB, worker());
    const taken = createServer().listen(port, '127.0.0.1');
    await once(taken, 'listening');
    const started = simulate();
    const code = await started.ended();
    taken.close();
    expect(code).toBe(2);
    expect(started.text).toContain(`--port: can't listen on port ${port}`);
    expect(started.processes()).toEqual([]);
  });
});
