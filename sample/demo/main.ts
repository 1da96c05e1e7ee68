/** `npm run demo`: the jobs of a sample app, one per file, done by dynos that `nestjs-hirefire simulate` hires and fires. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GuardProcess } from '../../cli/heroku/guard-process.js';
import type { Report } from '../../cli/run/report.js';
import { freePort } from '../../tools/redis-server.js';
import type { Service } from './backends.js';
import { buildWhatIsOld } from './build.js';
import { Commands, Interrupted } from './commands.js';
import { brokenArchives, DoneList, filesBelow, notExactlyOnce, prepareFolderFor } from './files.js';
import { optionsFrom, USAGE, type DemoOptions } from './options.js';
import { planFor } from './plan.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CLI = join(ROOT, 'dist/cli/main.js');
const MAX_PROBLEMS_SHOWN = 10;
/** The jobs that each worker of the samples works on at once. */
const CONCURRENCY = 4;

/** The jobs that every sample has for each file, and the lists of finished ones. */
const DONE_LISTS = { compress: 'compressed.jsonl', digest: 'digests.jsonl' };
const JOBS = Object.keys(DONE_LISTS);

async function main(): Promise<number> {
  const services: Service[] = [];
  let scratch: string | undefined;
  let guard: GuardProcess | undefined;
  try {
    const options = await optionsFrom(process.argv.slice(2), ROOT);
    if (options === 'help') {
      say(USAGE);
      return 0;
    }
    const commands = new Commands();
    scratch = await realpath(await mkdtemp(join(tmpdir(), 'nestjs-hirefire-demo-')));
    // The run keeps all its files in there.
    process.env.TMPDIR = scratch;
    const out = options.out ?? join(scratch, 'out');
    await prepareFolderFor(out, options.folder);
    await buildWhatIsOld(ROOT, options.backend.sample, commands, (name) => say(`building ${name} ...`));
    // All processes from here on have this mark; the guard ends them if the demo is killed.
    process.env.HIREFIRE_DEMO = randomUUID();
    guard = new GuardProcess(`HIREFIRE_DEMO=${process.env.HIREFIRE_DEMO}`, join(ROOT, 'dist/cli/guard.js'));
    for (const start of options.backend.services) {
      const service = await start();
      services.push(service);
      say(service.what);
      commands.goOn();
    }
    const base: NodeJS.ProcessEnv = { ...process.env, OUT_DIR: out };
    const env = services.reduce((all, service) => ({ ...all, ...service.env }), base);
    return await play(options, commands, out, join(scratch, 'report.json'), env);
  } catch (error) {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof Interrupted ? error.exitCode : 1;
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    await guard?.close();
    if (scratch !== undefined) {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

async function play(
  { folder, backend, ratio, maximum, page, out: kept }: DemoOptions,
  commands: Commands,
  out: string,
  reportFile: string,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const files = await filesBelow(folder);
  const cwd = join(ROOT, backend.sample);
  say(`${count(files.length)} files below ${folder}, a job each to ${JOBS.join(' and to ')}`);
  await commands.run(process.execPath, ['dist/enqueue.js', folder], { cwd, env, isShown: false });

  const manager = `job-queue-size,ratio=${ratio},maximum=${maximum},decrementable=${backend.isProtected ?? false}`;
  const managers = backend.workers.map((name) => `--manager=${name}=${manager}`);
  const port = `--port=${await freePort()}`;
  const args = ['simulate', ...managers, port, '--every=1', '--until-idle', `--report=${reportFile}`];
  const code = await commands.run(process.execPath, [CLI, ...args, ...(page ? ['--page'] : [])], {
    cwd,
    env: { ...env, NODE_ENV: 'production', RATIO: `${ratio}` },
    isShown: true,
  });

  say('\nchecking every result ...');
  const lists = await Promise.all(Object.values(DONE_LISTS).map((name) => DoneList.of(join(out, name))));
  const [, digests = new DoneList()] = lists;
  const problems = [
    ...lists.flatMap((list, index) => notExactlyOnce(files, list).map((text) => `${JOBS[index] ?? ''}: ${text}`)),
    ...(await brokenArchives(files, join(out, 'gz'), digests)),
  ];
  commands.goOn();
  problems.slice(0, MAX_PROBLEMS_SHOWN).forEach(say);
  if (problems.length > MAX_PROBLEMS_SHOWN) {
    say(`and ${count(problems.length - MAX_PROBLEMS_SHOWN)} more`);
  }
  if (problems.length === 0) {
    const jobs = count(files.length * JOBS.length);
    say(`${jobs} of ${jobs} jobs done, each exactly once; every archive unpacks to what was digested`);
    say(`dynos: ${await dynosOf(reportFile, backend.workers)}`);
    say(kept === undefined ? 'the results are removed again (--out <folder> keeps them)' : `results: ${out}`);
  }
  let planCode = 0;
  if (backend.hasTrace === true) {
    say('\nThe settings for these jobs, with a checkup a minute and dynos that boot for 15 seconds:\n');
    const slots = backend.workers.map((name) => `--slots=${name}=${CONCURRENCY}`);
    planCode = await planFor([CLI, 'plan', ...managers, ...slots], commands, { cwd, env, isShown: true });
  }
  const isGood = problems.length === 0 && code === 0 && planCode === 0;
  say(isGood ? 'The demo has succeeded.' : 'The demo has FAILED.');
  return isGood ? 0 : 1;
}

async function dynosOf(reportFile: string, workers: readonly string[]): Promise<string> {
  const { processes } = JSON.parse(await readFile(reportFile, 'utf8')) as Report;
  const dynos = workers.map((name) => {
    const series = processes[name]?.series.map((point) => point.dynos) ?? [];
    return `from 0 to ${Math.max(0, ...series)} ${name} and back to ${series.at(-1) ?? '?'}`;
  });
  return dynos.join(', ');
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

const count = (value: number): string => value.toLocaleString('en-US');

process.exitCode = await main();
