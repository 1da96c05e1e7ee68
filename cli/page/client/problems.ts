/** The problems of the run, each kind with its cure. */
import { amount, clock } from '../../io/format.js';
import type { ProblemGroup } from '../../run/problem-groups.js';
import { element, setText } from './dom.js';
import { linesOf } from './dyno-list.js';

export class Problems {
  readonly node: HTMLElement;
  readonly #alert = element('h2', { role: 'alert', class: 'problem' });
  readonly #list = element('ul');
  #shown = '[]';

  constructor() {
    this.node = element(
      'section',
      { class: 'problems', hidden: true, 'aria-label': 'Problems' },
      this.#alert,
      this.#list,
    );
  }

  show(groups: readonly ProblemGroup[]): void {
    const shown = JSON.stringify(groups);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.node.hidden = false;
      const count = groups.reduce((sum, group) => sum + group.count, 0);
      setText(this.#alert, `⚠ ${amount(count)} ${count === 1 ? 'problem' : 'problems'}`);
      this.#list.replaceChildren(...groups.map(problemItem));
    }
  }
}

function problemItem({ count, last, cure }: ProblemGroup): HTMLElement {
  const { t, message, dyno, lastLines = [], log } = last;
  const output = [
    ...linesOf(dyno ?? 'the dyno', lastLines),
    ...(log === undefined ? [] : [element('p', {}, `All of it: ${log}`)]),
  ];
  return element(
    'li',
    {},
    element('span', { class: 'muted' }, `${clock(t)} `),
    element('strong', {}, message),
    ...(count > 1 ? [` (the last of ${amount(count)})`] : []),
    ...(cure === '' ? [] : [' ', element('span', { class: 'cure' }, cure)]),
    ...(output.length > 0 ? [element('details', {}, element('summary', {}, 'Its last lines'), ...output)] : []),
  );
}
