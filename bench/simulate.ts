/**
 * `npm run bench:simulate`: the time that the router of `simulate` adds to a request, and the processor time of the command
 * with 100 dynos and 5 managers that are polled each second. On Linux.
 */
import autocannon from 'autocannon';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../tools/redis-server.js';

const SECONDS = 5;
const WORKERS = ['a', 'b', 'c', 'd', 'e'];
const DYNOS_EACH = 20;
const MEASURED_SECONDS = 20;
/** On Linux. */
const TICKS_PER_SECOND = 100;

async function benchRouter(): Promise<void> {
  const [appPort, routerPort] = [await freePort(), await freePort()];
  const app = await start('app', appPort);
  const router = await start('router', routerPort, appPort);
  const load = (port: number, connections: number): Promise<autocannon.Result> =>
    autocannon({ url: `http://127.0.0.1:${port}/`, connections, duration: SECONDS });
  try {
    await load(routerPort, 10);
    const [aloneDirect, aloneRouted] = [await load(appPort, 1), await load(routerPort, 1)];
    const direct = await load(appPort, 10);
    const before = await cpuOf(router);
    const routed = await load(routerPort, 10);
    const perCore = (routed['2xx'] * 1000) / ((await cpuOf(router)) - before);
    const added = mean(aloneRouted) - mean(aloneDirect);
    say(`the router adds ${added.toFixed(2)} ms to a request, of ${mean(aloneDirect).toFixed(2)} ms without it`);
    say(
      `with 10 connections: ${rate(routed)} requests/s, ${rate(direct)} without it, a ratio of ${ratio(routed, direct)}`,
    );
    say(`one core is enough for ${perCore.toFixed(0)} requests/s of the router`);
  } finally {
    app.kill();
    router.kill();
  }
}

async function start(...args: readonly (string | number)[]): Promise<ChildProcess> {
  const file = resolve('bench/simulate-processes.ts');
  const child = fork(file, args.map(String), { execArgv: ['--import', 'tsx'] });
  await once(child, 'message');
  return child;
}

async function cpuOf(child: ChildProcess): Promise<number> {
  child.send('how much?');
  const [ms] = (await once(child, 'message')) as [number];
  return ms;
}

const rate = ({ requests }: autocannon.Result): string => requests.average.toFixed(0);
const ratio = (one: autocannon.Result, other: autocannon.Result): string =>
  (one.requests.average / other.requests.average).toFixed(2);
/** Milliseconds per request, one after another: autocannon's percentiles are too coarse. */
const mean = ({ requests }: autocannon.Result): number => 1000 / requests.average;

async function benchCommand(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'nestjs-hirefire-bench-'));
  const numbers = WORKERS.map((name) => ({ name, value: DYNOS_EACH }));
  await writeFile(join(folder, 'numbers.json'), JSON.stringify(numbers));
  const processes = WORKERS.map((name) => `${name}: exec sleep 1000`);
  await writeFile(
    join(folder, 'Procfile'),
    [`web: node ${resolve('test/cli/commands/simulate/app/web.mjs')}`, ...processes].join('\n'),
  );
  const managers = WORKERS.map((name) => `--manager=${name}=job-queue-size,maximum=${DYNOS_EACH}`);
  const args = ['simulate', `--port=${await freePort()}`, '--every=1', ...managers];
  const command = fork(resolve('dist/cli/main.js'), args, {
    cwd: folder,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    let text = '';
    for await (const chunk of command.stdout ?? []) {
      text += String(chunk);
      if ((text.match(/ is up/g) ?? []).length > WORKERS.length * DYNOS_EACH) {
        break;
      }
    }
    const before = await ticksOf(command.pid);
    await sleep(MEASURED_SECONDS * 1000);
    const share = ((await ticksOf(command.pid)) - before) / TICKS_PER_SECOND / MEASURED_SECONDS;
    say(
      `with ${WORKERS.length * DYNOS_EACH} dynos and ${WORKERS.length} managers the command takes ${(share * 100).toFixed(1)} % of a core`,
    );
  } finally {
    const exit = once(command, 'exit');
    command.kill('SIGINT');
    await exit;
    await rm(folder, { recursive: true });
  }
}

async function ticksOf(pid: number | undefined): Promise<number> {
  const stat = await readFile(`/proc/${pid ?? ''}/stat`, 'utf8');
  const [user = NaN, system = NaN] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return user + system;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

await benchRouter();
await benchCommand();
