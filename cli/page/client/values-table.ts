/** The values of one process in a table, the newest first. */
import { numberText } from '../../hirefire/managers/kinds.js';
import { clock } from '../../io/format.js';
import { managerAt, type ManagerSince, type Point } from '../../run/run-process.js';
import { element } from './dom.js';

const MOST_ROWS = 200;

export class ValuesTable {
  readonly node: HTMLElement;
  readonly #rows = element('tbody');
  #until = -Infinity;

  constructor(process: string) {
    const head = ['time', 'number', 'dynos'].map((text) => element('th', { scope: 'col' }, text));
    const table = element(
      'table',
      {},
      element('caption', {}, `${process}, newest first`),
      element('thead', {}, element('tr', {}, ...head)),
      this.#rows,
    );
    const attributes = { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': `Values of ${process}` };
    this.node = element('div', attributes, table);
  }

  /** Adds the points that are new. */
  show(points: readonly Point[], managers: readonly ManagerSince[]): void {
    const fresh = points.slice(points.findLastIndex(({ t }) => t <= this.#until) + 1);
    this.#until = points.at(-1)?.t ?? -Infinity;
    for (const { t, value, dynos } of fresh.slice(-MOST_ROWS)) {
      const cells = [clock(t), numberText(value, managerAt(managers, t)), `${dynos}`];
      this.#rows.prepend(element('tr', {}, ...cells.map((text) => element('td', {}, text))));
    }
    while (this.#rows.rows.length > MOST_ROWS) {
      this.#rows.deleteRow(-1);
    }
  }
}
