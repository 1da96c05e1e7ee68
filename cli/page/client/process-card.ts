/** What the page shows of one process: figures, charts, a table of the same values, and controls. */
import type { Point } from '../../run/run-state.js';
import type { PageProcess } from '../messages.js';
import { kindOf } from '../../hirefire/managers/kinds.js';
import { Charts } from './charts.js';
import { amount, clock, dollars, element, say } from './dom.js';
import { DynoButtons, ManagerForm } from './manager-form.js';

/** Rows of the table, the newest first. */
const MAX_ROWS = 200;

export interface CardOptions {
  /** Whether the run goes on, and its settings can be changed. */
  readonly isLive: boolean;
  readonly canScale: boolean;
}

export class ProcessCard {
  readonly node: HTMLElement;
  readonly #figures = element('dl', { class: 'figures' });
  readonly #values = new Map<string, HTMLElement>();
  readonly #charts: Charts;
  readonly #rows = element('tbody');
  readonly #form: ManagerForm | undefined;
  readonly #buttons: DynoButtons | undefined;
  readonly #points: Point[] = [];
  #rowsUntil = -Infinity;
  #process: PageProcess;

  constructor(process: PageProcess, { isLive, canScale }: CardOptions) {
    const { name, unit, manager } = process;
    // Of web, which nobody scales, the app measures the queue time.
    const label = manager ? kindOf(manager).label : 'queue time, ms';
    this.#process = process;
    this.#charts = new Charts(name, label, unit);
    this.#form = isLive && manager ? new ManagerForm(name, manager) : undefined;
    this.#buttons = isLive && canScale ? new DynoButtons(name) : undefined;
    const id = `process-${name}`;
    const head = element(
      'thead',
      {},
      element('tr', {}, ...['time', label, 'dynos'].map((text) => element('th', { scope: 'col' }, text))),
    );
    const table = element('table', {}, element('caption', {}, `${name}, newest first`), head, this.#rows);
    this.node = element(
      'section',
      { class: 'card', 'aria-labelledby': id },
      element(
        'div',
        { class: 'head' },
        element('h2', { id }, name),
        element('p', { class: 'muted' }, manager?.type ?? 'nobody scales it'),
      ),
      this.#figures,
      element(
        'div',
        { class: 'beside' },
        this.#charts.node,
        element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Values of ${name}` }, table),
      ),
      ...(this.#buttons ? [this.#buttons.node] : []),
      ...(this.#form ? [this.#form.node] : []),
    );
  }

  /** @param window - how many of the last seconds are shown; undefined: all */
  show(process: PageProcess, window: number | undefined): void {
    this.#process = process;
    this.#points.push(...process.points);
    this.#addRows();
    this.#showFigures();
    this.#buttons?.show(process.dynos);
    if (process.manager) {
      this.#form?.show(process.manager);
    }
    this.zoom(window);
  }

  zoom(window: number | undefined): void {
    const from = window === undefined ? -Infinity : (this.#points.at(-1)?.t ?? 0) - window;
    this.#charts.show(
      this.#points.filter(({ t }) => t >= from),
      this.#process.manager,
    );
  }

  #addRows(): void {
    const fresh = this.#points.filter(({ t }) => t > this.#rowsUntil).slice(-MAX_ROWS);
    this.#rowsUntil = this.#points.at(-1)?.t ?? -Infinity;
    for (const { t, value, dynos } of fresh) {
      this.#rows.prepend(
        element('tr', {}, ...[clock(t), amount(value), `${dynos}`].map((text) => element('td', {}, text))),
      );
    }
    while (this.#rows.rows.length > MAX_ROWS) {
      this.#rows.deleteRow(-1);
    }
  }

  #showFigures(): void {
    const { dynos, dynoSeconds, dynoSecondsAtMaximum, cost, costAtMaximum, manager, unit } = this.#process;
    const last = this.#points.at(-1);
    const known = this.#points.flatMap(({ value }) => value ?? []);
    const spent = (seconds: number, price: number | null): string =>
      `${(seconds / 3600).toFixed(3)} h${price === null ? '' : `, ${dollars(price)}`}`;
    this.#figure('now', last ? `${amount(last.value)} ${last.value === null ? '' : unit}` : '');
    this.#figure('dynos', `${dynos}`);
    this.#figure(
      'worst',
      known.length === 0 ? 'unknown' : `${amount(known.reduce((one, other) => Math.max(one, other)))} ${unit}`,
    );
    this.#figure('dyno hours', spent(dynoSeconds, cost));
    if (manager) {
      this.#figure(`always ${manager.maximum}`, spent(dynoSecondsAtMaximum, costAtMaximum));
      const saved = dynoSecondsAtMaximum > 0 ? 1 - dynoSeconds / dynoSecondsAtMaximum : 0;
      this.#figure('saved', `${Math.round(saved * 100)} %`);
    }
  }

  #figure(label: string, text: string): void {
    // The maximum, which is part of a label, can be changed.
    const key = label.startsWith('always') ? 'always' : label;
    let value = this.#values.get(key);
    if (!value) {
      value = element('dd');
      this.#values.set(key, value);
      this.#figures.append(element('div', {}, element('dt'), value));
    }
    if (value.previousElementSibling) {
      say(value.previousElementSibling, label);
    }
    say(value, text.trim());
  }
}
