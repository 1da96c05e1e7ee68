/** What the benchmark has found, for a terminal, a document and a picture. */
import { barChart } from '../support/chart.js';
import type { Row } from '../support/document.js';
import type { Measured } from '../support/rounds.js';
import { median, meet, ratioOfMedians, type Ratio } from '../support/statistics.js';
import { FUNCTIONS, type FunctionCosts, type FunctionName } from './function.js';
import { AGENTS, type Agent, type Host, type RequestCosts } from './server.js';

export type AppName = `${Host} ${Agent}`;
export type AppCosts = Measured<AppName, RequestCosts>;

export const APPS: readonly AppName[] = (['express', 'fastify'] as const).flatMap((host) =>
  AGENTS[host].map((agent): AppName => `${host} ${agent}`),
);

const HOSTS: Readonly<Record<Host, string>> = { express: 'Express', fastify: 'Fastify' };

const AGENT_LABELS: Readonly<Record<Agent, string>> = {
  plain: 'plain',
  plainAgain: 'plain again (A/A)',
  client: 'plain, with one HTTP request a second',
  web: 'web: true',
  log: 'web: { log: true, dispatch: false }',
  judoscale: 'judoscale-express',
};

const FUNCTION_LABELS: Readonly<Record<FunctionName, string>> = {
  empty: 'an empty function',
  floor: 'floor: read the header, parse it, push to an array',
  floorAgain: 'the floor again (A/A)',
  ours: "this module's",
};

/** How much slower than the floor the function may be. */
const FUNCTION_TARGET = 1.5;

export const APPS_HEAD: Row = ['app', 'CPU per request', 'to plain', '95 %', 'requests/s', 'to plain', '95 %'];
export const FUNCTIONS_HEAD: Row = ['function', 'time per call', 'to the floor', '95 %', 'bytes per call'];

export function appRows(costs: AppCosts): Row[] {
  return APPS.map((app) => {
    const { host, agent } = partsOf(app);
    const cpu = cpuRatio(costs, app);
    const rate = ratioOfMedians(rates(costs, app), rates(costs, `${host} plain`));
    return [
      `${HOSTS[host]}, ${AGENT_LABELS[agent]}`,
      `${median(cpus(costs, app)).toFixed(1)} µs`,
      ...ratioCells(cpu, agent === 'plain'),
      Math.round(median(rates(costs, app))).toLocaleString('en-US'),
      ...ratioCells(rate, agent === 'plain'),
    ];
  });
}

export function functionRows({ nanoseconds, bytes }: FunctionCosts): Row[] {
  return FUNCTIONS.map((name) => [
    FUNCTION_LABELS[name],
    `${median(nanoseconds[name]).toFixed(0)} ns`,
    ...ratioCells(ratioOfMedians(nanoseconds[name], nanoseconds.floor), name === 'floor'),
    median(bytes[name]).toFixed(0),
  ]);
}

/** Of fewer rounds, chance alone makes intervals that do not meet. */
const FEWEST_ROUNDS = 8;

/** What is said of the targets. */
export function verdicts(apps: AppCosts, functions: FunctionCosts): string[] {
  const { ratio } = ratioOfMedians(functions.nanoseconds.ours, functions.nanoseconds.floor);
  const isMet = ratio <= FUNCTION_TARGET;
  return [
    `The function alone takes ${ratio.toFixed(2)} times what the floor takes; the target of at most ${FUNCTION_TARGET} is ` +
      `${isMet ? 'met' : 'missed'}.`,
    ...(['express', 'fastify'] as const).map((host) => {
      const ours = cpuRatio(apps, `${host} web`);
      const noise = cpuRatio(apps, `${host} plainAgain`);
      const client = cpuRatio(apps, `${host} client`);
      return (
        `On ${HOSTS[host]}, a request to an app with \`web: true\` takes ${inWords(ours)} the CPU time of one to the plain ` +
        `app; the plain app itself ${inWords(noise)}, the plain app with one HTTP request a second ${inWords(client)}: ` +
        `${noiseVerdict(ours, noise, client, apps[`${host} plain`].length)}.`
      );
    }),
  ];
}

function noiseVerdict(ours: Ratio, noise: Ratio, client: Ratio, rounds: number): string {
  if (rounds < FEWEST_ROUNDS) {
    return 'too few rounds to tell a difference from noise';
  }
  if (meet(ours, noise)) {
    return 'the difference to the plain app is within the noise';
  }
  return meet(ours, client)
    ? 'more than noise, but no more than being an HTTP client costs'
    : 'more than noise, and more than being an HTTP client costs';
}

function inWords(ratio: Ratio): string {
  return `${ratio.ratio.toFixed(2)} times (${interval(ratio)})`;
}

export function picture(costs: AppCosts): string {
  return barChart(
    'CPU time per request, as a ratio to the plain app',
    (['express', 'fastify'] as const).map((host) => ({
      title: HOSTS[host],
      bars: AGENTS[host].map((agent) => {
        const { ratio, low, high } = cpuRatio(costs, `${host} ${agent}`);
        return {
          label: AGENT_LABELS[agent],
          value: ratio,
          text: ratio.toFixed(2),
          low,
          high,
          isOurs: agent === 'web' || agent === 'log',
        };
      }),
    })),
  );
}

function cpuRatio(costs: AppCosts, app: AppName): Ratio {
  return ratioOfMedians(cpus(costs, app), cpus(costs, `${partsOf(app).host} plain`));
}

function cpus(costs: AppCosts, app: AppName): number[] {
  return costs[app].map(({ cpu }) => cpu);
}

function rates(costs: AppCosts, app: AppName): number[] {
  return costs[app].map(({ requestsPerSecond }) => requestsPerSecond);
}

export function partsOf(app: AppName): { host: Host; agent: Agent } {
  const [host, agent] = app.split(' ') as [Host, Agent];
  return { host, agent };
}

function ratioCells(ratio: Ratio, isBase: boolean): Row {
  return isBase ? ['1', ''] : [ratio.ratio.toFixed(2), interval(ratio)];
}

function interval({ low, high }: Ratio): string {
  return `${low.toFixed(2)} to ${high.toFixed(2)}`;
}
