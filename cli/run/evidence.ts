/** Why dynos ended: their last lines and their logs, for a terminal. */
import type { Problem } from './events.js';

const INDENT = ' '.repeat(7);

export class Evidence {
  /** The lines shown last, by process. */
  readonly #shown = new Map<string | null, string>();

  /** The lines to print below a problem; none if the last dyno of its process had the same. */
  of({ process, lastLines, log }: Problem): string[] {
    const text = lastLines?.join('\n');
    if (lastLines === undefined || text === undefined || text === this.#shown.get(process)) {
      return [];
    }
    this.#shown.set(process, text);
    return lastLines.length === 0
      ? [`${INDENT}it wrote nothing`]
      : [...lastLines.map((line) => `${INDENT}| ${line}`), ...(log === undefined ? [] : [`${INDENT}its log: ${log}`])];
  }
}
