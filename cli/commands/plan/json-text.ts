/** JSON of a file or an app. The error names the line, and shows nothing of the text. */
import { messageOf, UsageError } from '../../io/errors.js';
import { Place } from './place.js';

/**
 * @param line - the number of a line that is parsed alone
 * @throws UsageError naming the source, and the line of the first mistake
 */
export function placeOf(text: string, source: string, line?: number): Place {
  if (/^\s*</.test(text)) {
    throw new UsageError(`${source}: a web page, not JSON: save what /hirefire/trace answers with the token`);
  }
  try {
    return new Place(line === undefined ? source : lineIn(source, line), '', JSON.parse(text) as unknown);
  } catch (error) {
    const at = /position (\d+)/.exec(messageOf(error))?.[1];
    const before = at === undefined ? text.trimEnd() : text.slice(0, Number(at));
    const place = lineIn(source, line ?? before.split('\n').length);
    throw new UsageError(`${place}: not JSON: save the whole answer or recording again`);
  }
}

export function lineIn(source: string, line: number): string {
  return `${source}, line ${line}`;
}
