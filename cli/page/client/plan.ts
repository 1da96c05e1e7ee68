/** The settings of one process: cost against wait in a chart, and in tables. */
import type { PlanPageProcess, PlanPageSetting } from '../plan-page.js';
import { element } from './dom.js';
import { roundTop } from './paths.js';

/** The chart ends a little right of the dearest plan that is named. */
const BEYOND = 1.3;
const SECONDS = [1, 10, 60, 600, 3600, 36_000, 360_000, 3_600_000] as const;
const NAMES = ['1 s', '10 s', '1 min', '10 min', '1 h', '10 h', '100 h', '1,000 h'] as const;
/** Labels near an edge of the chart are on the other side of their point. */
const FAR_RIGHT = 0.75;
const FAR_LEFT = 0.25;

export function sectionOf(process: PlanPageProcess): HTMLElement {
  const { name, notes, settings, unit } = process;
  const named = settings.filter(({ ids }) => ids.length > 0);
  const byCost = settings.toSorted((one, other) => one.cost - other.cost || one.wait - other.wait);
  const all = settingsTable(`All settings of ${name}, from the cheapest`, unit, byCost);
  const scroll = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `All settings of ${name}` };
  return element(
    'section',
    { class: 'card plan', 'aria-label': name },
    element('h2', {}, name),
    ...notes.map((note) => element('p', { class: 'muted' }, note)),
    chartOf(process, named),
    settingsTable(`Plans of ${name}`, unit, named),
    element('details', {}, element('summary', {}, 'All settings'), element('div', scroll, all)),
  );
}

function chartOf({ name, settings, unit }: PlanPageProcess, named: readonly PlanPageSetting[]): HTMLElement {
  const right = roundTop(BEYOND * Math.max(...named.map(({ cost }) => cost)));
  const shown = settings.filter(({ cost }) => cost <= right);
  const top = Math.log1p(Math.max(1, ...shown.map(({ wait }) => wait)));
  const at = ({ cost, wait }: Pick<PlanPageSetting, 'cost' | 'wait'>, node: HTMLElement): HTMLElement => {
    node.style.left = `${(cost / right) * 100}%`;
    node.style.bottom = `${(Math.log1p(wait) / top) * 100}%`;
    return node;
  };
  const others = shown.filter(({ ids }) => ids.length === 0).map((one) => at(one, pointOf(one)));
  const labels = named.map((one) => {
    const side = `${isLeft(one, right) ? ' left' : ''}${one.ids[0] === 'fixed' ? ' below' : ''}`;
    return at(
      one,
      element('span', { class: `point named${side}`, title: titleOf(one) }, element('span', {}, namesOf(one))),
    );
  });
  const costs = [0, 0.25, 0.5, 0.75, 1].map((part) => part * right);
  const waits = SECONDS.filter((seconds) => Math.log1p(seconds) <= top);
  const description = `Cost against wait of ${shown.length} settings of ${name}; the tables below have their values`;
  return element(
    'div',
    { class: 'plot', role: 'img', 'aria-label': description },
    element('span', { class: 'unit' }, '95 % wait'),
    at({ cost: 0, wait: 0 }, element('span', { class: 'wait-tick' }, '0 s')),
    ...waits.map((wait, index) => at({ cost: 0, wait }, element('span', { class: 'wait-tick' }, NAMES[index] ?? ''))),
    ...costs.map((cost) =>
      at({ cost, wait: 0 }, element('span', { class: 'cost-tick' }, cost.toLocaleString('en-US'))),
    ),
    element('span', { class: 'unit cost-unit' }, unit),
    ...others,
    ...labels,
  );
}

/** The cheapest plan's label is where the others' are not. */
function isLeft({ ids, cost }: PlanPageSetting, right: number): boolean {
  return ids[0] === 'cheaper' ? cost > FAR_LEFT * right : cost > FAR_RIGHT * right;
}

function namesOf({ ids, isStarred }: PlanPageSetting): string {
  return `${isStarred ? '★ ' : ''}${ids.join(', ')}`;
}

function pointOf(setting: PlanPageSetting): HTMLElement {
  return element('span', { class: 'point', title: titleOf(setting) });
}

function titleOf({ manager, costText, waitText }: PlanPageSetting): string {
  return `${manager}: ${costText}, ${waitText}`;
}

function settingsTable(caption: string, unit: string, settings: readonly PlanPageSetting[]): HTMLElement {
  const head = ['plan', 'setting', unit, '95 % wait'].map((text) => element('th', { scope: 'col' }, text));
  const rows = settings.map((setting) => {
    const cells = [namesOf(setting), setting.manager, setting.costText, setting.waitText];
    return element('tr', {}, ...cells.map((text) => element('td', {}, text)));
  });
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...head)),
    element('tbody', {}, ...rows),
  );
}
