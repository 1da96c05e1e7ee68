/** A button that saves the managers as they are now; where the file exists, only after a confirmation. */
import { SAVE_PATH } from '../messages.js';
import { element } from './dom.js';
import { Outcome, post } from './post.js';

export class SaveButton {
  readonly node: HTMLElement;
  readonly #outcome = new Outcome();

  constructor(private readonly file: string) {
    const button = element('button', { type: 'button' }, `Save the managers as ${file}`);
    button.addEventListener('click', () => void this.#save(false));
    this.node = element('div', { class: 'buttons' }, button, ...this.#outcome.nodes);
  }

  async #save(replaces: boolean): Promise<void> {
    const answer = await post(SAVE_PATH, { replaces });
    if (answer.status !== 409) {
      this.#outcome.show(answer);
    } else if (confirm(`${this.file} exists. Replace the managers in it? Everything else in it stays.`)) {
      await this.#save(true);
    }
  }
}
