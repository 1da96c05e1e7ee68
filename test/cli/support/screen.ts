/* eslint-disable no-control-regex -- a terminal is controlled by them */
import type { Output } from '../../../cli/io/terminal.js';

/** Understands as much of a terminal as the view uses. */
export class Screen implements Output {
  readonly isTTY: boolean = true;
  raw = '';
  isCursorHidden = false;
  #lines: string[] = [];
  #row = 0;

  constructor(
    readonly columns = 80,
    readonly rows = 24,
  ) {}

  write(text: string): void {
    this.raw += text;
    for (const [part] of text.matchAll(/\u001b\[\??\d*[A-Za-z]|\n|\r|[^\u001b\n\r]+/g)) {
      const up = /^\u001b\[(\d+)A$/.exec(part)?.[1];
      if (up !== undefined) {
        this.#row -= Number(up);
      } else if (part === '\n') {
        this.#row++;
      } else if (part === '\u001b[2K') {
        this.#lines[this.#row] = '';
      } else if (part === '\u001b[J') {
        this.#lines.length = this.#row;
      } else if (/^\u001b\[\?25[hl]$/.test(part)) {
        this.isCursorHidden = part.endsWith('l');
      } else if (!part.startsWith('\u001b') && part !== '\r') {
        this.#lines[this.#row] = (this.#lines[this.#row] ?? '') + part;
      }
    }
  }

  get lines(): readonly string[] {
    return this.#lines.map((line) => line.trimEnd());
  }
}
