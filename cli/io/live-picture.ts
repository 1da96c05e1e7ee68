/** A picture of lines in a terminal, redrawn in place. */
import type { Output } from './terminal.js';

/** For a terminal that reports no size, or 0. */
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

const BARS = '▁▂▃▄▅▆▇█';

export class LivePicture {
  #linesDrawn = 0;

  constructor(private readonly output: Output) {}

  /** Draws as much of the lines as fits. */
  draw(lines: readonly string[]): void {
    const width = sizeOr(DEFAULT_COLUMNS, this.output.columns) - 1;
    const shown = lines.slice(0, sizeOr(DEFAULT_ROWS, this.output.rows) - 1).map((line) => cut(line, width));
    const back = this.#linesDrawn > 0 ? `\x1b[${this.#linesDrawn}A\r` : '';
    // Hide the cursor while the picture changes.
    this.output.write(`\x1b[?25l${back}${shown.map((line) => `\x1b[2K${line}\n`).join('')}\x1b[J`);
    this.#linesDrawn = shown.length;
  }

  /** Leaves the picture as it is and shows the cursor; the next picture is drawn below. */
  settle(): void {
    if (this.#linesDrawn > 0) {
      this.#linesDrawn = 0;
      this.output.write('\x1b[?25h');
    }
  }
}

function sizeOr(usual: number, given = 0): number {
  return given > 0 ? given : usual;
}

/** Cuts a line to a width, without counting its colour codes. */
function cut(line: string, width: number): string {
  let room = width;
  // eslint-disable-next-line no-control-regex
  return line.replace(/\x1b\[\d+m|./gsu, (part) => (part.startsWith('\x1b') || room-- > 0 ? part : ''));
}

/** Breaks a line between words, where a terminal would break it anywhere; its indentation stays. */
export function wrapped(line: string, columns = 0): string {
  const width = sizeOr(DEFAULT_COLUMNS, columns);
  const [indent = ''] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  let current = '';
  for (const word of line.slice(indent.length).split(' ')) {
    if (current !== '' && current.length + 1 + word.length > width) {
      lines.push(current);
      current = `${indent}  ${word}`;
    } else {
      current += current === '' ? indent + word : ` ${word}`;
    }
  }
  return [...lines, current].join('\n');
}

/** A bar per value, a gap per unknown one. */
export function trendOf(values: readonly (number | null)[]): string {
  const highest = Math.max(...values.map((value) => value ?? 0), 1);
  return values
    .map((value) => (value === null ? ' ' : (BARS[Math.ceil((value / highest) * (BARS.length - 1))] ?? ' ')))
    .join('');
}
