/** The line to read first: how many dynos run, and what they cost. */
import { dynosText } from '../../io/format.js';
import { averageText, costOf, dynoHours, perMonth } from '../../run/cost.js';
import type { PageProcess } from '../messages.js';
import { element, setText } from './dom.js';
import { statesOf, workingOf } from './dyno-list.js';

export class Summary {
  readonly node: HTMLElement;
  readonly #dynos = element('strong');
  readonly #states = element('span', { class: 'muted' });
  readonly #month = element('strong');
  readonly #comparison = element('span', { class: 'muted' });
  readonly #used = element('span', { class: 'muted' });

  constructor() {
    this.node = element(
      'div',
      { class: 'summary' },
      element('p', {}, this.#dynos, ' ', this.#states),
      element('p', {}, this.#month, ' ', this.#comparison),
      element('p', {}, this.#used),
    );
  }

  /** @param seconds - that the dyno seconds cover */
  show(processes: readonly PageProcess[], seconds: number): void {
    const sum = (of: (process: PageProcess) => number): number => processes.reduce((total, one) => total + of(one), 0);
    const used = sum(({ dynoSeconds }) => dynoSeconds);
    const hasPrices = processes.some(({ price }) => price !== null);
    const cost = (of: (process: PageProcess) => number): number =>
      sum((process) => costOf(of(process), process.price ?? 0));
    this.#showDynos(processes);
    const month = (of: (process: PageProcess) => number): string =>
      perMonth(seconds === 0 ? 0 : sum((process) => (of(process) / seconds) * (process.price ?? 0)));
    const unpriced = processes.filter(({ price }) => price === null).map(({ name }) => name);
    setText(this.#month, hasPrices ? month(({ dynoSeconds }) => dynoSeconds) : averageText(used, seconds));
    setText(
      this.#comparison,
      hasPrices
        ? [
            averageText(used, seconds),
            `always at the maximum ${month(({ dynoSecondsAtMaximum }) => dynoSecondsAtMaximum)}`,
            ...(unpriced.length > 0 ? [`without ${unpriced.join(', ')}`] : []),
          ].join(', ')
        : 'for dollars, set dynoPrices in hirefire.json',
    );
    const hours = dynoHours(used, hasPrices ? cost(({ dynoSeconds }) => dynoSeconds) : undefined);
    setText(this.#used, `${isOver(processes) ? 'used' : 'so far'} ${hours}`);
  }

  #showDynos(processes: readonly PageProcess[]): void {
    const dynos = processes.flatMap((process) => process.dynos ?? []);
    setText(this.#dynos, isOver(processes) ? '' : dynosText(workingOf(dynos)));
    setText(this.#states, isOver(processes) ? 'The run has ended.' : statesOf(dynos));
  }
}

function isOver(processes: readonly PageProcess[]): boolean {
  return processes.every(({ dynos }) => dynos === null);
}
