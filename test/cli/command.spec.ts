/** The command line as it was built: exit codes, streams, files, and what it never prints. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHECKS } from '../../cli/commands/check/result.js';
import { DEFAULT_MANAGER } from '../../cli/hirefire/managers/managers-for.js';
import { recordOf } from '../../cli/io/untrusted.js';
import { PACKAGE_VERSION } from '../../lib/hirefire.protocol.js';
import { CommandRun } from '../support/command-run.js';
import { CertificateAuthority } from '../../tools/certificates.js';
import { agent, AGENT_HEADERS, closeServers, serve, serveTls, TOKEN, type Agent } from './support/servers.js';

let folder: string;
let watching: CommandRun | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-'));
});

afterEach(async () => {
  await watching?.end();
  watching = undefined;
  await closeServers();
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  ...process.env,
  HIREFIRE_TOKEN: '',
  ...more,
});

/** Runs it in the test's folder. */
async function nestjsHirefire(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(process.execPath, [resolve('dist/cli/main.js'), ...args], {
    cwd: folder,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<unknown[]>,
  ]);
  expect(stdout + stderr).not.toContain(TOKEN);
  return { code, stdout, stderr };
}

const app = async (settings?: Agent): Promise<string> => (await serve(agent(settings))).url;

const file = (name: string, content: string): Promise<void> => writeFile(join(folder, name), content);

const recorded = async (name: string): Promise<unknown[]> =>
  (await readFile(join(folder, name), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);

describe('nestjs-hirefire', () => {
  it.each<[page: string, ...args: string[]]>([
    ['README'],
    ['check', 'check'],
    ['watch', 'watch'],
    ['simulate', 'simulate'],
    ['plan', 'plan'],
    ['init', 'init'],
  ])('--help leads on to docs/%s.md', async (page, ...args) => {
    const { code, stdout, stderr } = await nestjsHirefire([...args, '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: nestjs-hirefire/);
    expect(stdout.split('\n').slice(-3)).toEqual(['', `Read on: ${resolve(`docs/${page}.md`)}`, '']);
    expect(existsSync(`docs/${page}.md`)).toBe(true);
  });

  it.each(['check', 'watch', 'simulate', 'plan'])('%s --help fits into 100 columns', async (command) => {
    const { stdout } = await nestjsHirefire([command, '--help']);
    const lines = stdout.split('\n').filter((line) => !line.startsWith('Read on: '));
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('prints its version', async () => {
    expect(await nestjsHirefire(['--version'])).toEqual({ code: 0, stdout: `${PACKAGE_VERSION}\n`, stderr: '' });
  });

  it('shows its help where no command is given', async () => {
    expect(await nestjsHirefire([])).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^Usage: nestjs-hirefire/),
    });
  });

  const url = 'http://127.0.0.1:9';
  const managerless = '{"managers":{"worker":{"type":"job-queue-size","minimum":4,"ratio":"5"}}}';
  it.each<[what: string, args: string[], line: RegExp, files?: Record<string, string>]>([
    ['an unknown command', ['chek'], /unknown command 'chek'/],
    ['an unknown option', ['check', url, '--tokn', 'x'], /unknown option '--tokn'/],
    [
      'an unknown option with what may be a token',
      ['check', url, `--tokn=${TOKEN}`],
      /unknown option '--tokn' \(see nestjs-hirefire --help\)$/m,
    ],
    ['a short one', ['check', url, `-t${TOKEN}`], /unknown option '-t' \(see nestjs-hirefire --help\)$/m],
    ['no URL', ['check'], /missing required argument 'url'/],
    [
      'what is no URL',
      ['check', 'app.example.com'],
      /<url>: "app\.example\.com" is not an http or https URL: give one such as/,
    ],
    ['no token', ['check', url], /no token: give --token, or set HIREFIRE_TOKEN/],
    ['no token for watch', ['watch', url], /no token: give --token, or set HIREFIRE_TOKEN/],
    [
      'no Procfile where it was said to be',
      ['check', url, '--token', TOKEN, '--procfile', 'Prc'],
      /--procfile: there is no file Prc: /,
    ],
    [
      'a broken Procfile',
      ['check', url, '--token', TOKEN],
      /Procfile, line 2: .*worker/,
      { Procfile: 'web: x\nworker:\n' },
    ],
    [
      'a broken .env',
      ['check', url],
      /: \.env, line 2: no variable: write <name>=<value>, or a # in front of a comment$/m,
      { '.env': `A=1\nHIREFIRE_TOKEN ${TOKEN}\n` },
    ],
    ['no polls', ['check', url, '--polls', '0'], /'--polls <count>' argument '0' is invalid\. use a whole number/],
    ['no duration', ['watch', url, '--every', '5x'], /'--every <duration>' argument '5x' is invalid/],
    [
      'no file of managers where it was said to be',
      ['watch', url, '--token', TOKEN, '--config', 'h.json'],
      /--config: there is no file h\.json: /,
    ],
    [
      'a wrong manager in the file',
      ['watch', url, '--token', TOKEN],
      /hirefire\.json: managers\.worker\.ratio is "5": use a whole number/,
      { 'hirefire.json': managerless },
    ],
    [
      'two managers of one process',
      ['plan', 'x', ...['--manager', 'a=job-queue-size'], ...['--manager', 'a=job-queue-size,ratio=2']],
      /--manager: a has two managers: give one$/m,
    ],
    ['a wrong manager', ['watch', url, '--manager', 'worker=x'], /--manager: worker\.type is "x": use job-queue-size/],
    [
      'a recording that can not be written',
      ['watch', url, '--token', TOKEN, '--record', 'none/r.jsonl'],
      /--record: none\/r\.jsonl can't be written: /,
    ],
  ])('refuses %s in one line, with exit code 2', async (_what, args, line, files = {}) => {
    for (const [name, content] of Object.entries(files)) {
      await file(name, content);
    }
    const { code, stdout, stderr } = await nestjsHirefire(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^nestjs-hirefire: .+\n$/);
    expect(stderr).toMatch(line);
  });
});

describe('check', () => {
  it('is fine with a good app, and takes the token from .env', async () => {
    await file('.env', `# local\nHIREFIRE_TOKEN="${TOKEN}"\n`);
    await file('Procfile', 'web: x\nworker: y\n');
    const url = await app();
    const { code, stdout, stderr } = await nestjsHirefire(['check', url, '--polls', '1']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [findings = '', next] = stdout.trimEnd().split('\n\n');
    expect(next).toBe(`Next: which settings are right for its jobs? npx nestjs-hirefire plan ${url}`);
    const lines = findings.split('\n');
    expect(lines.map((line) => line.slice(0, 20).trimEnd())).toEqual(
      CHECKS.map((id) => `${id === 'plain-http' ? '-' : '✓'} ${id}`),
    );
  });

  it('ends with 1 where anything fails, and says what', async () => {
    const { code, stdout } = await nestjsHirefire(['check', await app({ info: [{ name: 'worker', value: null }] })], {
      HIREFIRE_TOKEN: TOKEN,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ shape +value of "worker" is null: use a number of at least 0 \(seen: .*\)$/m);
    expect(stdout).not.toContain('Next');
  });

  it('gives the same as JSON', async () => {
    const { code, stdout, stderr } = await nestjsHirefire([
      ...['check', await app({ info: [{ name: 'web', value: 1 }] })],
      ...['--token', TOKEN, '--polls', '2', '--json'],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const results = JSON.parse(stdout) as { id: string; status: string; message: unknown; seen?: unknown }[];
    expect(results.map(({ id }) => id)).toEqual(CHECKS);
    expect(results.filter(({ status }) => status !== 'ok').map(({ id, status }) => [id, status])).toEqual([
      ['plain-http', 'skip'],
      ['shape', 'warn'],
      ['procfile', 'skip'],
    ]);
    for (const { id, status, message, seen, ...rest } of results) {
      expect({ id, status, message, rest, seen: seen ?? '' }).toEqual({
        ...{ id, status, rest: {} },
        ...{ message: expect.any(String), seen: expect.any(String) },
      });
    }
  });

  it.each(['check', 'watch', 'plan'])('suggests to %s the token of an app that has none', async (command) => {
    const url = await app({
      otherwise: (request, response) => {
        const isDevelopment = request.headers['hirefire-token'] === 'development';
        response.writeHead(isDevelopment ? 200 : 404).end('[{"name":"worker","value":1}]');
      },
    });
    expect(await nestjsHirefire([command, url])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'nestjs-hirefire: no token: give --token, or set HIREFIRE_TOKEN in the environment or in .env; this app has none either, so try --token development\n',
    });
    expect((await nestjsHirefire([command, await app()])).stderr).toMatch(/in \.env\n$/);
  });

  it('names the next command as it works for an app without a token', async () => {
    const url = await app({
      otherwise: ({ headers, url: path }, response) => {
        const isDevelopment = headers['hirefire-token'] === 'development' || path === '/hirefire/development/info';
        response
          .writeHead(isDevelopment ? 200 : 404)
          .end(isDevelopment ? '[{"name":"worker","value":1}]' : 'Not Found');
      },
    });
    const { stdout } = await nestjsHirefire(['check', url, '--token', 'development', '--polls', '1']);
    expect(stdout).toContain(`npx nestjs-hirefire plan ${url} --token development\n`);
  });

  it('prints no control characters of files, names and apps', async () => {
    await file('Procfile', 'web: x\n\u001b[2J\u009bbad\n');
    const url = await app({ headers: { ...AGENT_HEADERS, 'hirefire-resource': 'a\u009b2Jb' } });
    const args = ['check', url, '--token', TOKEN];
    for (const more of [[], ['--procfile', 'none\u001b]0;x\u0007'], ['--polls', '\u001b[2J']]) {
      const { stdout, stderr } = await nestjsHirefire([...args, ...more]);
      // eslint-disable-next-line no-control-regex
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    }
    await rm(join(folder, 'Procfile'));
    const { stdout } = await nestjsHirefire([...args, '--polls', '1', '--json']);
    // eslint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  });

  it('trusts no wrong certificate, whatever the environment allows', async () => {
    const { url } = await serveTls(CertificateAuthority.create().certificate, agent());
    const { code, stdout } = await nestjsHirefire(['check', url, '--token', TOKEN], {
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✗ reachable +the certificate is self-signed: /);
  });

  it('does not mind a reader that leaves', async () => {
    const child = spawn(
      'sh',
      ['-c', `"${process.execPath}" "${resolve('dist/cli/main.js')}" check "$0" --token x | head -n 1`, await app()],
      { cwd: folder, env: environment(), stdio: ['ignore', 'pipe', 'pipe'] },
    );
    expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual([
      expect.stringMatching(/^✓ reachable/),
      '',
    ]);
  });
});

describe('watch', () => {
  it('hides the token in the URL', async () => {
    const { code, stdout } = await nestjsHirefire([
      'watch',
      `${await app()}/${TOKEN}`,
      '--token',
      TOKEN,
      '--for',
      '0.1',
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^Watching http:\/\/127\.0\.0\.1:\d+\/\*\*\*: nothing is started or stopped\.\n/);
    expect(stdout).not.toContain(TOKEN);
  });

  it('decides by hirefire.json, and records every checkup', async () => {
    await file(
      'hirefire.json',
      JSON.stringify({
        managers: {
          worker: { type: 'job-queue-size', ratio: 2, maximum: 4 },
          urgent: { type: 'job-queue-latency', minimum: 1, maximum: 3, minimumLatency: 5, maximumLatency: 30 },
          web: { type: 'requests-per-minute', ratio: 100 },
        },
        dynoPrices: { worker: 25 },
      }),
    );
    await file('r.jsonl', '{"t":0}\n');
    const values = [
      [0, 31],
      [5, 31],
      [null, 4],
      [0, 0],
    ];
    let poll = -1;
    const url = await app({
      answer: (_request, response) => {
        poll++;
        if (poll === 2) {
          response.writeHead(503).end(`{"errors":[{"name":"worker","message":"no Redis for ${TOKEN}"}]}`);
          return;
        }
        const [worker, urgent] = values[Math.min(poll < 2 ? poll : poll - 1, 3)] ?? [];
        response.end(
          JSON.stringify([
            { name: 'worker', value: worker },
            { name: 'urgent', value: urgent },
            { name: 'x', value: 1 },
          ]),
        );
      },
    });
    watching = CommandRun.nestjsHirefire(['watch', url, '--every', '0.1', '--record', 'r.jsonl'], {
      cwd: folder,
      env: environment({ HIREFIRE_TOKEN: TOKEN }),
    });
    await watching.line(/worker: 0 jobs, 3 → 0 dynos/);
    watching.pressCtrlC();
    expect(await watching.ended()).toBe(0);
    const { text: stdout } = watching;
    const checkup = (worker: [number | null, number], urgent: [number | null, number]): object => ({
      startedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      t: expect.any(Number),
      processes: {
        worker: { value: worker[0], dynos: worker[1], manager: expect.objectContaining({ ratio: 2, maximum: 4 }) },
        urgent: { value: urgent[0], dynos: urgent[1], manager: expect.objectContaining({ maximumLatency: 30 }) },
        web: { value: null, dynos: 1, manager: expect.objectContaining({ ratio: 100 }) },
      },
    });
    expect((await recorded('r.jsonl')).slice(0, 6)).toEqual([
      { t: 0 },
      checkup([0, 0], [31, 2]),
      checkup([5, 3], [31, 3]),
      { ...checkup([null, 3], [null, 3]), error: '503 worker: no Redis for ***' },
      checkup([null, 3], [4, 2]),
      checkup([0, 0], [0, 1]),
    ]);
    expect(stdout).toMatch(
      /^00:00 {2}worker: 0 jobs, 0 dynos \| urgent: 31 s, 1 → 2 dynos \| web: unknown, 1 dyno, left alone$/m,
    );
    expect(stdout).toMatch(/^00:0\d {2}poll failed, dynos left alone: 503 worker: no Redis for \*\*\*$/m);
    expect(stdout).toMatch(/^The app reports "x" too, which no manager scales\.$/m);
    expect(stdout).toMatch(/^\d+ checkups, 1 failed$/m);
    expect(stdout).toMatch(/^worker: 0\.\d{3} dyno hours \(\$\d\.\d{4}\); always at its maximum: /m);
    // eslint-disable-next-line no-control-regex
    expect(stdout).not.toMatch(/\u001b/);
    expect(stdout).not.toContain(TOKEN);
  });

  it('gives a default manager to what the app reports where nothing else is known', async () => {
    const url = await app({
      info: [
        { name: 'worker', value: 9 },
        { name: 'web', value: 9 },
      ],
    });
    const { code, stdout } = await nestjsHirefire([
      'watch',
      url,
      '--token',
      TOKEN,
      '--for',
      '0.5',
      '--record',
      'r.jsonl',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^No managers are set: every process that the app reports gets job-queue-size, ratio 1, 0 to 3 dynos /m,
    );
    expect(await recorded('r.jsonl')).toMatchObject([{ processes: { worker: { value: 9, dynos: 3 } } }]);
  });

  it('gives it to the processes of the Procfile here', async () => {
    await file('Procfile', 'web: x\nrelease: y\nworker: z\nother: o\n');
    await nestjsHirefire(['watch', await app(), '--token', TOKEN, '--for', '0.5', '--record', 'r.jsonl']);
    const [{ processes } = { processes: undefined }] = (await recorded('r.jsonl')).map(recordOf);
    expect(processes).toEqual({
      worker: { value: 4, dynos: 3, manager: DEFAULT_MANAGER },
      other: { value: null, dynos: 0, manager: DEFAULT_MANAGER },
    });
  });

  it('asks an agent that knows the path only', async () => {
    const url = await app({ ways: ['path'] });
    const args = ['--manager', 'worker=job-queue-size,ratio=2', '--for', '0.5', '--record', 'r.jsonl'];
    expect(await nestjsHirefire(['watch', url, '--token', TOKEN, ...args])).toMatchObject({ code: 0 });
    expect(await recorded('r.jsonl')).toMatchObject([{ processes: { worker: { value: 4, dynos: 2 } } }]);
  });

  it('ends with 1 where every poll failed', async () => {
    const url = await app({ ways: [] });
    const { code, stdout } = await nestjsHirefire(['watch', url, '--token', TOKEN, '--for', '0.5']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^00:00 {2}poll failed, dynos left alone: 404: another token, or no HireFire agent there/m);
    expect(stdout).toMatch(/^1 checkup, 1 failed$/m);
  });

  it('ends with 1 where the only poll got no answer until the end', async () => {
    const url = await app({ answer: () => undefined });
    expect(await nestjsHirefire(['watch', url, '--token', TOKEN, '--for', '0.5'])).toMatchObject({ code: 1 });
  });

  const isLinux = existsSync('/dev/full');
  (isLinux ? it : it.skip)('ends with a line that names the file where the disk is full', async () => {
    const ended = await nestjsHirefire(['watch', await app(), '--token', TOKEN, '--record', '/dev/full']);
    expect(ended).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^nestjs-hirefire: --record: \/dev\/full can't be written: ENOSPC.*: name another file, or free some space\n$/,
      ),
    });
  });

  it('serves its page with --page, until it ends', async () => {
    watching = CommandRun.nestjsHirefire(['watch', await app(), '--every', '1h', '--page'], {
      cwd: folder,
      env: environment({ HIREFIRE_TOKEN: TOKEN }),
    });
    const said = await watching.line(/^The page is at http:\/\/127\.0\.0\.1:\d+/);
    await watching.line(/worker: 4 jobs/);
    const url = said.replace('The page is at ', '');
    expect(await (await fetch(url)).text()).toMatch(/^<!doctype html>/i);
    watching.pressCtrlC();
    expect(await watching.ended()).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('ends by Ctrl-C, with its summary and exit code 0', async () => {
    watching = CommandRun.nestjsHirefire(['watch', await app(), '--every', '1h'], {
      cwd: folder,
      env: environment({ HIREFIRE_TOKEN: TOKEN }),
    });
    await watching.line(/worker: 4 jobs/);
    watching.pressCtrlC();
    expect(await watching.ended()).toBe(0);
    expect(watching.text).toMatch(/^1 checkup, 0 failed$/m);
  });
});

describe('plan', () => {
  beforeEach(async () => {
    const processes = { worker: { jobs: [[0, 10]], waiting: 0, dropped: 0 } };
    const trace = { version: 1, startedAt: '2026-11-29T10:00:00.000Z', seconds: 3600, processes };
    await file('trace.json', JSON.stringify(trace));
  });

  it('plans on all cores, and serves its page with --page, until it ends', async () => {
    watching = CommandRun.nestjsHirefire(['plan', 'trace.json', '--phases', '1', '--page'], {
      cwd: folder,
      env: environment(),
    });
    const said = await watching.line(/^The page is at http:\/\/127\.0\.0\.1:\d+/);
    expect(watching.text).toMatch(/^\* cheaper {2}\S/m);
    const [url = ''] = /http\S+/.exec(said) ?? [];
    expect(await (await fetch(url)).text()).toContain('"source":"trace.json"');
    watching.pressCtrlC();
    expect(await watching.ended()).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
  });

  it.each([
    ['writes the file though no one reads the plans', '--write', 'hirefire.json'],
    ['gives its answer though no one reads the notes', '--json 2>&1 >answer.json', 'answer.json'],
  ])('%s', async (_what, rest, written) => {
    const command = `"${process.execPath}" "${resolve('dist/cli/main.js')}" plan trace.json --phases 1 ${rest}`;
    watching = CommandRun.start('sh', ['-c', `{ ${command}; echo $? >code; } | true`], {
      cwd: folder,
      env: environment(),
    });
    await watching.ended();
    expect(await readFile(join(folder, 'code'), 'utf8')).toBe('0\n');
    expect(JSON.parse(await readFile(join(folder, written), 'utf8'))).toMatchObject(
      written === 'answer.json' ? { seconds: 3600 } : { managers: { worker: { type: 'job-queue-size' } } },
    );
  });
});
