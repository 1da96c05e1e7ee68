/** The end of a dyno's output, for problems and for the page. */
import { printable } from '../io/untrusted.js';

const MAX_LINES = 20;
const MAX_LENGTH = 500;

export class LastLines {
  readonly #lines: string[] = [];

  /** The newest last; they grow with the output. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines.push(cutLine(line));
    this.#lines.splice(0, this.#lines.length - MAX_LINES);
  }
}

function cutLine(line: string): string {
  // Twice the length leaves room for colours, and an endless line costs nothing.
  const text = printable(line.slice(0, 2 * MAX_LENGTH)).trimEnd();
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}
