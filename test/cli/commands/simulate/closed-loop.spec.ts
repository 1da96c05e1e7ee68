/** A small app under the real thing: jobs in Bull for its workers, users for its web dynos. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import autocannon from 'autocannon';
import Bull from 'bull';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../../../../tools/redis-server.js';
import type { Report } from '../../../../cli/run/report.js';
import { CommandRun } from '../../../support/command-run.js';
import { redisUrl } from '../../../support/file-redis.js';

const APP = resolve('test/cli/commands/simulate/app');
const JOBS = 40;

let folder: string;
let port: number;
let prefix: string;
let queue: Bull.Queue;
let run: CommandRun | undefined;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-test-')));
  port = await freePort();
  prefix = `simulate-${randomUUID()}`;
  queue = new Bull('jobs', redisUrl(), { prefix });
  await writeFile(join(folder, 'Procfile'), `web: node ${APP}/bull-web.mjs\nworker: node ${APP}/bull-worker.mjs\n`);
  await writeFile(join(folder, '.env'), `REDIS_URL=${redisUrl()}\nQUEUE_PREFIX=${prefix}\n`);
});

afterEach(async () => {
  await run?.end();
  run = undefined;
  await queue.obliterate({ force: true });
  await queue.close();
  await rm(folder, { recursive: true, force: true });
});

function simulate(): CommandRun {
  run = CommandRun.nestjsHirefire(
    ['simulate', '--port', `${port}`, '--every', '0.5', '--until-idle', '--report', 'out.json'],
    { cwd: folder, env: { ...process.env, TMPDIR: folder } },
  );
  return run;
}

const managers = (entries: object): Promise<void> =>
  writeFile(join(folder, 'hirefire.json'), JSON.stringify({ managers: entries }));

async function report(): Promise<Report> {
  return JSON.parse(await readFile(join(folder, 'out.json'), 'utf8')) as Report;
}

async function burst(first: number): Promise<void> {
  await queue.addBulk(Array.from({ length: JOBS }, (_, index) => ({ data: { id: first + index, ms: 50 } })));
}

const dynosOf = (written: Report, process: string): number[] =>
  written.processes[process]?.series.map(({ dynos }) => dynos) ?? [];

describe('workers', () => {
  it('go from zero to as many as the jobs need and back to zero, twice; none is killed, each job is done once', async () => {
    await managers({ worker: { type: 'job-queue-size', ratio: 10, maximum: 3 } });
    const started = simulate();
    await started.line(/worker: 0 jobs, 0 dynos/);
    await burst(0);
    await started.line(/worker: 3 → 0 dyno/);
    await burst(JOBS);
    expect({ code: await started.ended(), text: started.text }).toEqual({ code: 0, text: expect.any(String) });
    const done = (await readFile(join(folder, 'done'), 'utf8')).trimEnd().split('\n').map(Number);
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 2 * JOBS }, (_, id) => id));

    const written = await report();
    expect(written.problems).toEqual([]);
    const dynos = dynosOf(written, 'worker');
    expect([dynos[0], Math.max(...dynos), dynos.at(-1)]).toEqual([0, 3, 0]);
    expect(dynos.filter((count, index) => count > 0 && dynos[index - 1] === 0)).toHaveLength(2);
    expect(started.processes()).toEqual([]);
  });
});

describe('web dynos', () => {
  it('are added while requests queue, and taken away again, without a request lost', async () => {
    await managers({
      web: { type: 'request-queue-time', minimum: 1, maximum: 2, minimumQueueTime: 10, maximumQueueTime: 30 },
    });
    const started = simulate();
    await started.line(/web\.1 is up/);
    // The first poll, before there is anything to do.
    await started.line(/web: .*\b1 dyno\b/);
    const result = await new Promise<autocannon.Result>((resolve, reject) => {
      const settings = { url: `http://127.0.0.1:${port}/busy`, connections: 20, duration: 60 };
      const load = autocannon(settings, (_error: unknown, outcome) => resolve(outcome));
      started.line(/web\.2 is up/).then(() => load.stop(), reject);
    });
    expect({ code: await started.ended(), text: started.text }).toEqual({ code: 0, text: expect.any(String) });
    expect([result.non2xx, result.errors]).toEqual([0, 0]);

    const written = await report();
    expect(written.problems).toEqual([]);
    const dynos = dynosOf(written, 'web');
    expect([dynos[0], Math.max(...dynos), dynos.at(-1)]).toEqual([1, 2, 1]);
    expect(written.processes.web?.worst).toBeGreaterThan(30);
    expect(written.router.requests).toBeGreaterThanOrEqual(result['2xx']);
  });
});
