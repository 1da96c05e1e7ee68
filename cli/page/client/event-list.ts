/** All events in words, the newest first. */
import { clock } from '../../io/format.js';
import { sentenceOf, type RunEvent } from '../../run/events.js';
import { element } from './dom.js';

const MOST_SHOWN = 500;

export class EventList {
  readonly node: HTMLElement;
  readonly #list = element('ul', { class: 'events', tabindex: 0, 'aria-label': 'Events, newest first' });

  constructor() {
    this.node = element('details', {}, element('summary', {}, 'Events in words'), this.#list);
  }

  add(events: readonly RunEvent[]): void {
    for (const event of events.slice(-MOST_SHOWN)) {
      const text = sentenceOf(event);
      const words =
        event.level === 'problem'
          ? element('span', { class: 'problem' }, `⚠ Problem: ${text}`)
          : element('span', {}, text);
      this.#list.prepend(element('li', {}, element('span', { class: 'muted' }, clock(event.t)), words));
    }
    while (this.#list.childElementCount > MOST_SHOWN) {
      this.#list.lastElementChild?.remove();
    }
  }
}
