/** The dynos of one process: a light each, and a list with the last lines of their output. */
import type { PageDyno } from '../messages.js';
import { element } from './dom.js';

const LIGHTS: Readonly<Record<PageDyno['status'], readonly [light: string, word: string]>> = {
  starting: ['◌', 'booting'],
  up: ['●', 'up'],
  stopping: ['◐', 'stopping'],
  crashed: ['✗', 'crashed'],
};
const MOST_LIGHTS = 14;

/** Such as `2 booting, 1 stopping`: only what is not up. */
export function statesOf(dynos: readonly PageDyno[]): string {
  return Object.entries(LIGHTS)
    .filter(([status]) => status !== 'up')
    .map(([status, [, word]]) => [dynos.filter((dyno) => dyno.status === status).length, word] as const)
    .flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : []))
    .join(', ');
}

/** The dynos that run and were not asked to stop. */
export function workingOf(dynos: readonly PageDyno[]): number {
  return dynos.filter(({ status }) => status === 'starting' || status === 'up').length;
}

/** The dynos that were not asked to stop, with those that crashed. */
export function keptOf(dynos: readonly PageDyno[]): number {
  return dynos.filter(({ status }) => status !== 'stopping').length;
}

export class DynoLights {
  readonly node = element('span', { class: 'lights' });
  #shown = '';

  show(dynos: readonly PageDyno[]): void {
    const shown = dynos.map(({ status }) => status).join();
    if (shown !== this.#shown) {
      this.#shown = shown;
      const more = dynos.length > MOST_LIGHTS ? [` +${dynos.length - MOST_LIGHTS}`] : [];
      const lights = dynos
        .slice(0, MOST_LIGHTS)
        .map(({ name, status }) =>
          element('span', { class: status, title: `${name}: ${LIGHTS[status][1]}` }, LIGHTS[status][0]),
        );
      this.node.replaceChildren(element('span', { 'aria-hidden': 'true' }, ...lights, ...more));
    }
  }
}

export class DynoList {
  readonly node: HTMLElement;
  readonly #list = element('ul', { class: 'dyno-list' });
  #shown = '';

  constructor(process: string) {
    this.node = element('div', {}, element('h3', {}, `Dynos of ${process}`), this.#list);
  }

  show(dynos: readonly PageDyno[]): void {
    const shown = JSON.stringify(dynos);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#list.replaceChildren(
        ...(dynos.length > 0 ? dynos.map(dynoItem) : [element('li', { class: 'muted' }, 'none')]),
      );
    }
  }
}

function dynoItem({ name, status, lastLines }: PageDyno): HTMLElement {
  const [light, word] = LIGHTS[status];
  return element(
    'li',
    {},
    element('span', { class: status, 'aria-hidden': 'true' }, light),
    ` ${name} ${word}`,
    ...linesOf(name, lastLines),
  );
}

/** The last lines of a dyno's output, if it wrote any. */
export function linesOf(dyno: string, lines: readonly string[]): HTMLElement[] {
  const attributes = { class: 'lines', tabindex: 0, role: 'region', 'aria-label': `Last lines of ${dyno}` };
  return lines.length > 0 ? [element('pre', attributes, lines.join('\n'))] : [];
}
