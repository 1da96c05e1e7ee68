/** A terminal's abilities, and its colours. */
import { styleText } from 'node:util';

export type Color = 'red' | 'green' | 'yellow' | 'blue' | 'grey' | 'bold';

/** The part of `process.stdout` that is used; a file or pipe has `write` only. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/** Off with `--plain` (`isPlain`), with NO_COLOR (https://no-color.org), and without a terminal. */
export function hasColors(output: Output, isPlain: boolean): boolean {
  return isLive(output, isPlain) && (process.env.NO_COLOR ?? '') === '';
}

/** True if lines may be redrawn. */
export function isLive(output: Output, isPlain: boolean): boolean {
  return output.isTTY === true && !isPlain && process.env.TERM !== 'dumb';
}

export function paint(color: Color, text: string, isColorful: boolean): string {
  // Since Node 22.13 styleText() would check process.stdout, which may not be the output.
  return isColorful ? styleText(color, text, { validateStream: false }) : text;
}
