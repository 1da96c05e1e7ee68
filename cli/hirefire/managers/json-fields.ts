/** Sets a field of an object in valid JSON, and leaves every other character of the text. */
import { parseJson } from '../../io/untrusted.js';

interface Span {
  readonly from: number;
  readonly to: number;
}

/** In the style of the text: its line ends, its indentation, one line or several. @param start - as in {@link fieldsAt} */
export function withField(text: string, start: number, name: string, value: object): string {
  const fields = fieldsAt(text, start);
  const old = fields.get(name);
  const [eol = '\n'] = /\r?\n/.exec(text) ?? [];
  const unit = /^\s*\{\s*\n([ \t]+)"/.exec(text)?.[1] ?? '  ';
  const lines = (indent: string): string => JSON.stringify(value, null, unit).replaceAll('\n', `${eol}${indent}`);
  const oneLine = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (old) {
    const isOneLine = !text.slice(old.from, old.to).includes('\n');
    return replaced(text, old, isOneLine ? oneLine : lines(indentAt(text, old.from)));
  }
  const open = text.indexOf('{', start) + 1;
  const [gap = ''] = /^\s*/.exec(text.slice(open)) ?? [];
  const field = (before: string): string =>
    `${before}${JSON.stringify(name)}: ${before.includes('\n') ? lines(before.replace(/^.*\n/s, '')) : oneLine}`;
  if (fields.size > 0) {
    const end = Math.max(...[...fields.values()].map(({ to }) => to));
    return replaced(text, { from: end, to: end }, `,${field(gap)}`);
  }
  const after = text.trim().includes('\n') ? `${eol}${indentAt(text, open)}` : ' ';
  return replaced(text, { from: open, to: open + gap.length }, field(after === ' ' ? after : after + unit) + after);
}

function replaced(text: string, { from, to }: Span, by: string): string {
  return text.slice(0, from) + by + text.slice(to);
}

/** The indentation of the line. */
function indentAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at) + 1))?.[0] ?? '';
}

/** @param start - the index of the object, or of space before it. Of equal names the last one counts, as for JSON.parse(). */
export function fieldsAt(text: string, start: number): Map<string, Span> {
  const name = /\s*[{,]\s*("(?:[^"\\]|\\.)*")\s*:\s*/y;
  const fields = new Map<string, Span>();
  name.lastIndex = start;
  for (let match = name.exec(text); match; match = name.exec(text)) {
    const from = name.lastIndex;
    const to = endIn(text, from);
    fields.set(String(parseJson(match[1] ?? '')), { from, to });
    name.lastIndex = to;
  }
  return fields;
}

const DEPTHS: Readonly<Record<string, number>> = { '{': 1, '[': 1, '}': -1, ']': -1 };

/** The end of the value that begins there. */
function endIn(text: string, from: number): number {
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
