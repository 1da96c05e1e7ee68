/** Finds the first mistake in text that is not JSON. */
import { messageOf } from './errors.js';

/** In the parser's error for text that only lacks its end. */
const END = 'end of JSON input';

export interface JsonMistake {
  /** From 1. */
  readonly line: number;
  /** The parser's reason, without the text around the mistake. */
  readonly reason: string;
}

/** Undefined for JSON. */
export function jsonMistakeIn(text: string): JsonMistake | undefined {
  const whole = errorOf(text);
  if (whole === undefined) {
    return undefined;
  }
  const lines = text.split('\n');
  // Not every error has a position. Lines up to some place can still go on to be JSON, and further lines can't.
  let [fine, broken] = [0, lines.length];
  while (broken - fine > 1) {
    const middle = Math.floor((fine + broken) / 2);
    const canGoOn = isUnfinished(`${lines.slice(0, middle).join('\n')}\n`);
    [fine, broken] = canGoOn ? [middle, broken] : [fine, middle];
  }
  const line = whole.includes(END) ? text.trimEnd().split('\n').length : broken;
  const hasComma = /,\s*[\]}][^\]},]*$/.test(lines.slice(0, line).join('\n'));
  return { line, reason: `${withoutPosition(whole)}${hasComma ? '; remove the comma before it' : ''}` };
}

function errorOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** True if the text is JSON, or its beginning. */
function isUnfinished(text: string): boolean {
  const error = errorOf(text);
  const position = /position (\d+)/.exec(error ?? '')?.[1];
  return position === undefined ? error === undefined || error.includes(END) : Number(position) >= text.length;
}

function withoutPosition(error: string): string {
  return error.replace(/ (?:in|after) JSON at position.*| in JSON$|, (?:\.\.\.)?".*$/s, '');
}
