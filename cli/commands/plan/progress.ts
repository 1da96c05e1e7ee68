/** Says after a second how far a search is: once, or again and again on a terminal. */
import { isLive, type Output } from '../../io/terminal.js';
import { MOST_SETTINGS } from '../../plan/search.js';

const FIRST_MS = 1000;

export class Progress {
  #count = 0;
  #isShown = false;
  readonly #timer: NodeJS.Timeout;

  constructor(
    private readonly output: Output,
    private readonly name: string,
    private readonly jobs: number,
  ) {
    const isRedrawn = isLive(output, false);
    this.#timer = setInterval(() => {
      if (isRedrawn || !this.#isShown) {
        this.#show(isRedrawn);
      }
    }, FIRST_MS);
  }

  replayed(): void {
    this.#count++;
  }

  end(): void {
    clearInterval(this.#timer);
    if (this.#isShown && isLive(this.output, false)) {
      this.output.write('\r\u001b[2K');
    }
  }

  #show(isRedrawn: boolean): void {
    this.#isShown = true;
    const text = `${this.name}: ${this.#count} of up to ${MOST_SETTINGS} settings replayed over ${this.jobs} jobs`;
    this.output.write(isRedrawn ? `\r\u001b[2K${text}` : `${text}\n`);
  }
}
