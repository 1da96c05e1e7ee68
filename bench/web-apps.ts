/** What `web: true` costs an app: µs of CPU time per request, of a process that is started anew for each sample. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, createServer, get } from 'node:http';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { compare, type Comparison } from './compare.js';

export const WEB = 'web: true';
export const HOSTS = ['Express', 'Fastify'] as const;

const WARM_UP = 10_000;
const REQUESTS = 16_000;
const CLIENTS = 16;
const LIMITS = { time: 0, iterations: 6, warmup: false };

/** @throws Error when an app answers anything but 200, or keeps its queue times to itself */
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
  const port = typeof address === 'object' ? address?.port : undefined;

  const costWith = (extra: string) => async (): Promise<number> => {
    process.stderr.write(`${host}: ${extra}\n`);
    arrived = 0;
    const cost = await cpuPerRequest(host, extra, `http://127.0.0.1:${port}`);
    // Of a second with thousands of requests, a sample is sent.
    if (extra === WEB && arrived === 0) {
      throw new Error('no queue time arrived');
    }
    return cost;
  };
  try {
    return await compare(costWith('nothing'), { [WEB]: costWith(WEB) }, LIMITS);
  } finally {
    hireFire.close();
  }
}

async function cpuPerRequest(host: string, extra: string, url: string): Promise<number> {
  const file = fileURLToPath(new URL('web-app.ts', import.meta.url));
  const app = fork(file, [host, extra, url], { execArgv: ['--import', 'tsx'] });
  const agent = new Agent({ keepAlive: true });
  try {
    const port = await answerOf(app);
    await send(WARM_UP, port, agent);
    app.send('cpu');
    const before = await answerOf(app);
    await send(REQUESTS, port, agent);
    agent.destroy();
    // What is still to be sent is sent first.
    app.send('close');
    return ((await answerOf(app)) - before) / REQUESTS;
  } finally {
    agent.destroy();
    app.kill('SIGKILL');
  }
}

function answerOf(app: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    app.once('message', (answer) => resolve(Number(answer)));
    app.once('exit', (code) => reject(new Error(`the app has ended with ${code}`)));
  });
}

async function send(requests: number, port: number, agent: Agent): Promise<void> {
  let left = requests;
  const client = async (): Promise<void> => {
    while (left-- > 0) {
      await new Promise<void>((resolve, reject) => {
        const headers = { 'X-Request-Start': Date.now() - 5, 'X-Forwarded-Proto': 'https' };
        get({ host: '127.0.0.1', port, path: '/items/42', headers, agent }, (response) => {
          const { statusCode } = response;
          const end = statusCode === 200 ? resolve : () => reject(new Error(`the app answers ${statusCode}`));
          response.resume().once('end', end);
        }).once('error', reject);
      });
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
}
