/** JSON of a file or an app. The error names the line, and shows nothing of the text. */
import { UsageError } from '../../io/errors.js';
import { jsonMistakeIn } from '../../io/json-mistake.js';
import { parseJson } from '../../io/untrusted.js';
import { Place } from './place.js';

/**
 * @param cure - for text that is not JSON
 * @param line - the number of a line that is parsed alone
 * @throws UsageError naming the source, and the line of the first mistake
 */
export function jsonIn(text: string, source: string, cure: string, line?: number): Place {
  if (/^\s*</.test(text)) {
    throw new UsageError(`${source}: a web page, not JSON: save what /hirefire/trace answers with the token`);
  }
  const value = parseJson(text);
  if (value === undefined) {
    throw new UsageError(`${lineIn(source, line ?? jsonMistakeIn(text)?.line ?? 1)}: not JSON: ${cure}`);
  }
  return new Place(line === undefined ? source : lineIn(source, line), '', value);
}

export function lineIn(source: string, line: number): string {
  return `${source}, line ${line}`;
}
