/** The end of a dyno's output, for problems and for the page. */
import { stripVTControlCharacters } from 'node:util';

const MAX_LINES = 20;
const MAX_LENGTH = 500;

export class LastLines {
  readonly #lines: string[] = [];

  /** The newest last; they grow with the output. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  add(line: string): void {
    this.#lines.push(shown(line));
    this.#lines.splice(0, this.#lines.length - MAX_LINES);
  }
}

/** Without colours, and with a space for each character that could move a terminal's cursor. */
function shown(line: string): string {
  // Twice the length leaves room for colours, and an endless line costs nothing.
  const text = stripVTControlCharacters(line.slice(0, 2 * MAX_LENGTH))
    // eslint-disable-next-line no-control-regex
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ')
    .trimEnd();
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}
