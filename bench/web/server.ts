/** The same Nest app with and without an agent, under load: what a request costs it. */
import { createInterface } from 'node:readline';
import { Child } from '../support/child.js';
import { Load } from '../support/load.js';
import { Arrivals } from './arrivals.js';
import { requestText } from './requests.js';
import type { Sink } from './sink.js';

export type Host = 'express' | 'fastify';

/**
 * What measures the app's requests: nothing in `plain`, and again nothing in `plainAgain`, which shows the noise, nor in
 * `client`, which sends a small HTTP request each second.
 */
export type Agent = 'plain' | 'plainAgain' | 'client' | 'web' | 'log' | 'judoscale';

/** judoscale-fastify is not in the registry. */
export const AGENTS: Readonly<Record<Host, readonly Agent[]>> = {
  express: ['plain', 'plainAgain', 'client', 'web', 'log', 'judoscale'],
  fastify: ['plain', 'plainAgain', 'client', 'web', 'log'],
};

export interface RequestCosts {
  /** Of the app's process, in microseconds per request. */
  readonly cpu: number;
  readonly requestsPerSecond: number;
}

export interface LoadOptions {
  readonly connections: number;
  /** Requests before those that are measured. */
  readonly warmUp: number;
  readonly requests: number;
}

/** So few that HireFire's agent keeps each queue time before the sink's first answer has told it to keep more. */
const FIRST_REQUESTS = 2_000;

/** The line that carries a queue time to HireFire by the log. */
const LOG_LINE = '[hirefire:router] queue=';

/**
 * Starts the app anew, and measures it once it is warm. What the agent does later than the last answer is part of it:
 * the measurement ends when each request's queue time has arrived where it is to go.
 *
 * @throws Error when fewer or more queue times arrive than there were requests
 */
export async function measureRequests(
  host: Host,
  agent: Agent,
  sink: Sink,
  { connections, warmUp, requests }: LoadOptions,
): Promise<RequestCosts> {
  const server = new Child<number>('web/server-process.ts', { args: [host, agent, sink.url] });
  try {
    const arrivals = arrivalsOf(agent, server, sink);
    const load = await Load.connect(await server.next(), connections, requestText);
    for (const count of [FIRST_REQUESTS, warmUp]) {
      await load.send(count);
      await arrivals?.take(count);
    }

    const cpuBefore = await server.ask('cpu');
    const start = performance.now();
    await load.send(requests);
    const seconds = (performance.now() - start) / 1_000;
    await arrivals?.take(requests);
    const cpu = (await server.ask('cpu')) - cpuBefore;

    load.close();
    return { cpu: cpu / requests, requestsPerSecond: requests / seconds };
  } finally {
    await server.stop();
  }
}

/** Where the agent's queue times arrive; nowhere without an agent. */
function arrivalsOf(agent: Agent, server: Child<number>, sink: Sink): Arrivals | undefined {
  switch (agent) {
    case 'web':
    case 'judoscale':
      return sink.arrivals;
    case 'log':
      return loggedBy(server);
    default:
      return undefined;
  }
}

function loggedBy(server: Child<number>): Arrivals {
  const arrivals = new Arrivals();
  createInterface({ input: server.stdout }).on('line', (line) => {
    if (line.startsWith(LOG_LINE)) {
      arrivals.add(1);
    }
  });
  return arrivals;
}
