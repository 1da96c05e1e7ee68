/** The cost of the module and of `web: true`: µs of CPU time per request, of a process that starts for each sample. */
import autocannon from 'autocannon';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { compare, type Comparison } from './compare.js';

export const NOTHING = 'nothing';
const MODULE = 'the module';
export const WEB = 'web: true';
export const HOSTS = ['Express', 'Fastify'] as const;

/** Seconds. The first POST, after one second, costs more than those that follow. */
const WARM_UP = 3;
const REQUESTS = 30_000;
const LIMITS = { time: 0, iterations: 6, warmup: false };

/** @throws Error where an app answers anything but 200, or sends no queue time */
export async function measureApps(host: string): Promise<Comparison> {
  let arrived = 0;
  const hireFire = createServer((request, response) => {
    void json(request).then((body) => {
      arrived += Object.values(Object(body) as Readonly<Record<string, readonly number[]>>).flat().length;
      response.writeHead(200, { 'Content-Length': 0 }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(hireFire, 'listening');
  const address = hireFire.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`;

  const costWith = (extra: string) => async (): Promise<number> => {
    arrived = 0;
    const cost = await cpuPerRequest(host, extra, url);
    // The app sends a sample of a second with thousands of requests.
    if (extra === WEB && arrived === 0) {
      throw new Error('no queue time arrived');
    }
    return cost;
  };
  try {
    const costs = { floor: costWith(NOTHING), [MODULE]: costWith(MODULE), [WEB]: costWith(WEB) };
    return await compare([host], 'µs', costs, LIMITS);
  } finally {
    hireFire.close();
  }
}

async function cpuPerRequest(host: string, extra: string, url: string): Promise<number> {
  const file = fileURLToPath(new URL('web-app.ts', import.meta.url));
  const app = fork(file, [host, extra, url], { execArgv: ['--import', 'tsx'] });
  try {
    const port = await answerOf(app);
    await send({ duration: WARM_UP }, port);
    app.send('cpu');
    const before = await answerOf(app);
    await send({ amount: REQUESTS }, port);
    // It sends the last queue times first.
    app.send('close');
    return ((await answerOf(app)) - before) / REQUESTS;
  } finally {
    app.kill('SIGKILL');
  }
}

function answerOf(app: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    app.once('message', (answer) => resolve(Number(answer)));
    app.once('exit', (code) => reject(new Error(`the app has ended with ${code}`)));
  });
}

async function send(amount: Pick<autocannon.Options, 'amount' | 'duration'>, port: number): Promise<void> {
  const headers = { 'X-Request-Start': `${Date.now() - 5}`, 'X-Forwarded-Proto': 'https' };
  const url = `http://127.0.0.1:${port}/items/42`;
  const { non2xx, errors } = await autocannon({ url, headers, connections: 16, ...amount });
  if (non2xx + errors > 0) {
    throw new Error(`of the requests, ${non2xx + errors} are not answered with 200`);
  }
}
