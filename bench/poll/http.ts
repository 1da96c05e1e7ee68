/** Whole polls over HTTP, as HireFire sends them: to an app with this package, and to one that answers by hand. */
import { Redis } from 'ioredis';
import { RedisServer } from '../../tools/redis-server.js';
import { Child } from '../support/child.js';
import { Load } from '../support/load.js';
import { measureInRounds, type Measured } from '../support/rounds.js';
import { addWaiting } from './backlog.js';
import { QUEUES, TOKEN } from './http-app.js';
import { withLibrary } from './libraries.js';
import type { Backend, HttpPlan, LibraryName } from './plan.js';
import { countersOf } from './usage.js';

/** Who answers; `oursAgain` is another process with the same app, which shows the noise. */
export const AGENTS = ['ours', 'oursAgain', 'handWritten'] as const;
export type Agent = (typeof AGENTS)[number];

export const CLIENTS = [1, 50] as const;
export type Clients = (typeof CLIENTS)[number];

/** For one burst of requests. */
export interface HttpCosts {
  readonly requestsPerSecond: number;
  /** CPU time of the app's process, in ms per request. */
  readonly cpu: number;
  /** That Redis ran, per request. */
  readonly commands: number;
}

export interface HttpResult {
  readonly backend: Backend;
  readonly clients: Clients;
  readonly costs: Measured<Agent, HttpCosts>;
}

const HOST = '127.0.0.1';
const JOBS_PER_QUEUE = 100;
const WARM_UP_REQUESTS = 300;
/** What Nest brings for BullMQ is the newest. */
const LIBRARY_OF: Readonly<Record<Backend, LibraryName>> = { bull: 'bull', bullmq: 'bullmq-6' };

const PATH = `/hirefire/${TOKEN}/info`;
const REQUEST = [
  `GET ${PATH} HTTP/1.1`,
  `Host: ${HOST}`,
  'Connection: keep-alive',
  'User-Agent: HireFire',
  '',
  '',
].join('\r\n');

/** @param onTurn - told before each backend and number of clients */
export async function measureHttp(plan: HttpPlan, onTurn: (text: string) => void): Promise<HttpResult[]> {
  const results: HttpResult[] = [];
  for (const backend of plan.backends) {
    results.push(...(await measureBackend(backend, plan, onTurn)));
  }
  return results;
}

async function measureBackend(
  backend: Backend,
  { rounds, burst }: HttpPlan,
  onTurn: (text: string) => void,
): Promise<HttpResult[]> {
  const server = await RedisServer.start();
  const control = new Redis({ host: HOST, port: server.port });
  // Each queue that is filled over it listens for its errors.
  control.setMaxListeners(0);
  const apps: Partial<Record<Agent, App>> = {};
  try {
    await fill(backend, control);
    for (const agent of AGENTS) {
      apps[agent] = await App.start(backend, agent, server.port);
    }
    const running = apps as Record<Agent, App>;
    await requireSameAnswers(Object.values(running));

    const results: HttpResult[] = [];
    for (const clients of CLIENTS) {
      onTurn(`polls over HTTP: ${backend}, ${clients} at a time`);
      const costs = await measureInRounds(AGENTS, (agent) => running[agent].measure(clients, burst, control), {
        rounds,
        warmUps: 1,
      });
      results.push({ backend, clients, costs });
    }
    return results;
  } finally {
    await Promise.all(Object.values(apps).map((app) => app.stop()));
    control.disconnect();
    await server.stop();
  }
}

async function fill(backend: Backend, redis: Redis): Promise<void> {
  await withLibrary(LIBRARY_OF[backend], async (library) => {
    for (const name of QUEUES) {
      await addWaiting(library.open(name, redis), JOBS_PER_QUEUE, Date.now());
    }
  });
}

async function requireSameAnswers(apps: readonly App[]): Promise<void> {
  const answers = new Set(await Promise.all(apps.map((app) => app.answer())));
  if (answers.size !== 1) {
    throw new Error(`the apps answer differently:\n${[...answers].join('\n')}`);
  }
}

class App {
  readonly #rates = new Map<Clients, number>();

  private constructor(
    private readonly child: Child<number>,
    private readonly port: number,
  ) {}

  static async start(backend: Backend, agent: Agent, redisPort: number): Promise<App> {
    const child = new Child<number>('poll/http-process.ts', { args: [backend, agent, `${redisPort}`] });
    return new App(child, await child.next());
  }

  async answer(): Promise<string> {
    const response = await fetch(`http://${HOST}:${this.port}${PATH}`);
    return `${response.status} ${await response.text()}`;
  }

  /** @param burst - about how many ms the requests are to take */
  async measure(clients: Clients, burst: number, control: Redis): Promise<HttpCosts> {
    const load = await Load.connect(this.port, clients, () => REQUEST);
    try {
      const rate = this.#rates.get(clients) ?? (await rateOf(load, WARM_UP_REQUESTS));
      const requests = Math.ceil((rate * burst) / 1_000);
      const { commands } = await countersOf(control);
      const cpu = await this.child.ask('cpu');
      const requestsPerSecond = await rateOf(load, requests);
      const cpuAfter = await this.child.ask('cpu');
      const { commands: commandsAfter } = await countersOf(control);
      this.#rates.set(clients, requestsPerSecond);
      return {
        requestsPerSecond,
        cpu: (cpuAfter - cpu) / requests,
        // Reading the counter was one.
        commands: (commandsAfter - commands - 1) / requests,
      };
    } finally {
      load.close();
    }
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}

async function rateOf(load: Load, requests: number): Promise<number> {
  const start = performance.now();
  await load.send(requests);
  return (requests * 1_000) / (performance.now() - start);
}
