/** Buttons that add a dyno and take one away. */
import { SCALE_PATH } from '../messages.js';
import { element } from './dom.js';
import { Outcome, post } from './post.js';

export class DynoButtons {
  readonly node: HTMLElement;
  readonly #outcome = new Outcome();
  #dynos = 0;

  constructor(private readonly process: string) {
    const button = (text: string, change: number): HTMLElement => {
      const made = element('button', { type: 'button' }, text);
      made.addEventListener('click', () => void this.#scale(change));
      return made;
    };
    this.node = element(
      'div',
      { class: 'buttons', role: 'group', 'aria-label': `Dynos of ${process} by hand` },
      button(`Add one ${process} dyno`, 1),
      button(`Remove one ${process} dyno`, -1),
      ...this.#outcome.nodes,
    );
  }

  show(dynos: number): void {
    this.#dynos = dynos;
  }

  async #scale(change: number): Promise<void> {
    const dynos = Math.max(this.#dynos + change, 0);
    const answer = await post(SCALE_PATH, { process: this.process, dynos });
    this.#outcome.show(answer);
    if (answer.status === 204) {
      this.#dynos = dynos;
    }
  }
}
