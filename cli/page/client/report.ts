/** A report, as the page shows it. */
import { amount } from '../../io/format.js';
import { groupsOf } from '../../run/problem-groups.js';
import type { Report } from '../../run/report.js';
import type { PageMessage, PageProcess } from '../messages.js';
import { element } from './dom.js';

export function pageMessageOf(report: Report): PageMessage {
  const startedAt = Date.parse(report.startedAt);
  return {
    ...{ title: 'simulate: report', app: { name: report.app, url: null }, startedAt, speed: report.speed },
    ...{ seconds: (Date.parse(report.endedAt) - startedAt) / 1000, canScale: false, configFile: null, load: null },
    processes: Object.entries(report.processes).map(([name, process]): PageProcess => {
      const { manager, series, price = null, dynoSeconds, dynoSecondsAtMaximum, worst } = process;
      const { managers = manager ? [{ t: 0, manager }] : [] } = process;
      return { ...{ name, managers, dynoSeconds, dynoSecondsAtMaximum, worst, price }, dynos: null, points: series };
    }),
    events: report.events,
    problems: groupsOf(report.problems),
  };
}

export function figuresOf({ polls, router }: Report): HTMLElement {
  const ms = (value: number | null): string => (value === null ? 'none' : `${amount(value)} ms`);
  const figures: [label: string, text: string][] = [
    ['polls', `${amount(polls.count)}, ${polls.failed} failed`],
    ['median poll', ms(polls.p50)],
    ['requests', amount(router.requests)],
    ['95 % of requests within', ms(router.p95)],
    ...Object.entries(router.codes).flatMap(([code, count]): [string, string][] =>
      count > 0 ? [[code, `${count}`]] : [],
    ),
  ];
  const items = figures.map(([label, text]) => element('div', {}, element('dt', {}, label), element('dd', {}, text)));
  return element('dl', { class: 'figures card' }, ...items);
}
