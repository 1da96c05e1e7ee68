/** A button that saves the managers as they are now; where the file exists, only after a confirmation. */
import { SAVE_PATH } from '../messages.js';
import { element } from './dom.js';
import { Outcome, post } from './post.js';

export class SaveButton {
  readonly node: HTMLElement;
  readonly #outcome = new Outcome();

  /** @param unsent - the processes whose forms have changes that were not sent */
  constructor(
    private readonly file: string,
    private readonly unsent: () => readonly string[],
  ) {
    const button = element('button', { type: 'button' }, `Save the managers as ${file}`);
    button.addEventListener('click', () => void this.#save(false));
    this.node = element('div', { class: 'buttons' }, button, ...this.#outcome.nodes);
  }

  async #save(replaces: boolean): Promise<void> {
    const answer = await post(SAVE_PATH, { replaces });
    if (answer.status !== 409) {
      const unsent = this.unsent().join(', ');
      const note = unsent === '' ? '' : ` The changes of ${unsent} were not sent, so they are not in it.`;
      this.#outcome.show(answer, answer.text + note);
    } else if (confirm(`${this.file} exists. Replace the managers in it? Everything else in it stays.`)) {
      await this.#save(true);
    }
  }
}
