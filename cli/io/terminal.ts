/** What a terminal can do, and its colours. */

const COLORS = { red: 31, green: 32, yellow: 33, blue: 34, grey: 90, bold: 1 } as const;

export type Color = keyof typeof COLORS;

/** What is needed of `process.stdout`; all but `write` is missing where it is no terminal. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Not for `--plain` (as `isPlain`), nor with NO_COLOR (https://no-color.org), nor where no terminal is. */
export function hasColors(output: Output, isPlain: boolean): boolean {
  return isLive(output, isPlain) && (process.env.NO_COLOR ?? '') === '';
}

/** Whether lines may be drawn anew. */
export function isLive(output: Output, isPlain: boolean): boolean {
  return output.isTTY === true && !isPlain && process.env.TERM !== 'dumb';
}

export function paint(color: Color, text: string, isColorful: boolean): string {
  return isColorful ? `\x1b[${COLORS[color]}m${text}\x1b[0m` : text;
}
