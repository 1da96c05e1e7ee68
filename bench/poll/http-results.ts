/** What was found of polls over HTTP. */
import type { Row } from '../support/document.js';
import { median, ratioOfMedians } from '../support/statistics.js';
import { AGENTS, type Agent, type HttpCosts, type HttpResult } from './http.js';
import type { Backend } from './plan.js';
import { factor, interval, milliseconds } from './results.js';

const BACKEND_LABELS: Readonly<Record<Backend, string>> = { bull: 'Bull 4', bullmq: 'BullMQ 6' };

const AGENT_LABELS: Readonly<Record<Agent, string>> = {
  ours: 'this package',
  oursAgain: 'this package again (A/A)',
  handWritten: 'a controller by hand',
};

export const HTTP_HEAD: Row = ['app', 'clients', 'polls/s', 'to by hand', '95 %', 'CPU per poll', 'commands per poll'];

export function httpRows(results: readonly HttpResult[]): Row[] {
  return results.flatMap(({ backend, clients, costs }) => {
    const valuesOf = (agent: Agent, name: keyof HttpCosts): number[] => costs[agent].map((one) => one[name]);
    return AGENTS.map((agent) => {
      const byHand = valuesOf('handWritten', 'requestsPerSecond');
      const ratio = ratioOfMedians(valuesOf(agent, 'requestsPerSecond'), byHand);
      const isBase = agent === 'handWritten';
      return [
        `${BACKEND_LABELS[backend]}, ${AGENT_LABELS[agent]}`,
        `${clients}`,
        Math.round(median(valuesOf(agent, 'requestsPerSecond'))).toLocaleString('en-US'),
        isBase ? '1' : factor(ratio.ratio),
        isBase ? '' : interval(ratio),
        milliseconds(median(valuesOf(agent, 'cpu'))),
        median(valuesOf(agent, 'commands')).toFixed(1),
      ];
    });
  });
}
