/** Finds the fields of an object in valid JSON, to change one and leave the rest of the text. */
import { parseJson } from '../../io/untrusted.js';

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** @param start - the index of the object, or of space before it. Of equal names the last one counts, as for JSON.parse(). */
export function fieldsAt(text: string, start: number): Map<string, Span> {
  const name = /\s*[{,]\s*("(?:[^"\\]|\\.)*")\s*:\s*/y;
  const fields = new Map<string, Span>();
  name.lastIndex = start;
  for (let match = name.exec(text); match; match = name.exec(text)) {
    const from = name.lastIndex;
    const to = endOf(text, from);
    fields.set(String(parseJson(match[1] ?? '')), { from, to });
    name.lastIndex = to;
  }
  return fields;
}

const DEPTHS: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** The end of the value that begins there. */
function endOf(text: string, from: number): number {
  const part = /"(?:[^"\\]|\\.)*"|[{}[\]]|[^\s,:"{}[\]]+/g;
  part.lastIndex = from;
  let depth = 0;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    depth += DEPTHS[match[0]] ?? 0;
    if (depth === 0) {
      return part.lastIndex;
    }
  }
  return text.length;
}
