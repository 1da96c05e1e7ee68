/** The card of one process: figures, charts, a table of the same values, and controls. */
import { kindOf, numberText } from '../../hirefire/managers/kinds.js';
import { amount, clock } from '../../io/format.js';
import { dynoHoursAt } from '../../run/cost.js';
import type { Point } from '../../run/run-process.js';
import type { PageProcess } from '../messages.js';
import { Charts } from './charts.js';
import { element, setText } from './dom.js';
import { DynoButtons, ManagerForm } from './manager-form.js';

/** Rows of the table, the newest first. */
const MAX_ROWS = 200;

export interface CardOptions {
  /** Whether the run goes on, so its settings can be changed. */
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
    const { name, managers } = process;
    const manager = managers.at(-1)?.manager;
    const { label, unit } = kindOf(manager);
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
        element('p', { class: 'muted' }, manager?.type ?? 'not managed'),
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

  /** @param window - the last seconds to show; undefined: all */
  show(process: PageProcess, window: number | undefined): void {
    this.#process = process;
    this.#points.push(...process.points);
    this.#addRows();
    this.#showFigures();
    this.#buttons?.show(process.dynos);
    const manager = process.managers.at(-1)?.manager;
    if (manager) {
      this.#form?.show(manager);
    }
    this.zoom(window);
  }

  zoom(window: number | undefined): void {
    const from = window === undefined ? -Infinity : (this.#points.at(-1)?.t ?? 0) - window;
    this.#charts.show(
      this.#points.filter(({ t }) => t >= from),
      this.#process.managers,
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
    const { dynos, dynoSeconds, dynoSecondsAtMaximum, worst, price, managers } = this.#process;
    const manager = managers.at(-1)?.manager;
    const last = this.#points.at(-1);
    this.#figure('now', last ? numberText(last.value, manager) : '');
    this.#figure('dynos', `${dynos}`);
    this.#figure('worst', numberText(worst, manager));
    this.#figure('used', dynoHoursAt(price ?? undefined, dynoSeconds));
    if (manager) {
      this.#figure('always at its maximum', dynoHoursAt(price ?? undefined, dynoSecondsAtMaximum));
      const saved = dynoSecondsAtMaximum > 0 ? 1 - dynoSeconds / dynoSecondsAtMaximum : 0;
      this.#figure('saved', `${Math.round(saved * 100)} %`);
    }
  }

  #figure(label: string, text: string): void {
    let value = this.#values.get(label);
    if (!value) {
      value = element('dd');
      this.#values.set(label, value);
      this.#figures.append(element('div', {}, element('dt', {}, label), value));
    }
    setText(value, text);
  }
}
