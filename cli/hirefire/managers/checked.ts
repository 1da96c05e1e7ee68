/** Checks a user's input against a schema. The error has a line per wrong field: its path, the mistake, the allowed values. */
import * as z from 'zod/mini';
import { jsonText, printable, recordOf } from '../../io/untrusted.js';
import { UsageError } from '../../io/errors.js';
import { similarTo } from '../../io/similar.js';

const MAX_SEEN_LENGTH = 60;

/**
 * @param source - the file or option, with which every line begins
 * @throws UsageError
 */
export function checked<T extends z.core.$ZodType>(schema: T, input: unknown, source: string): z.output<T> {
  const result = z.safeParse(schema, input, { reportInput: true });
  if (result.success) {
    return result.data;
  }
  const lines = result.error.issues.flatMap(complaints).map((line) => `${source}: ${line}`);
  throw new UsageError([...new Set(lines)].join('\n'));
}

function complaints(issue: z.core.$ZodIssue): string[] {
  const path = pathOf(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `${pathOf([...issue.path, key])} ${isUnknown(key, issue.message)}`);
    case 'invalid_key':
      return issue.issues.map(({ message }) => `${path}: ${message}`);
    case 'invalid_union':
      return [`${path} ${isOrIsMissing(recordOf(issue.input)[String(issue.path.at(-1))])}: ${issue.message}`];
    default:
      return [`${path} ${isOrIsMissing(issue.input)}: ${issue.message}`];
  }
}

/** @param known - such as `minimum, maximum` */
function isUnknown(key: string, known: string): string {
  const meant = similarTo(key, known.split(', '));
  return `is unknown: use ${known}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
}

function pathOf(path: readonly PropertyKey[]): string {
  return printable(
    path
      .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
      .join('') || 'the whole',
  );
}

function isOrIsMissing(input: unknown): string {
  if (input === undefined) {
    return 'is missing';
  }
  const text = jsonText(input);
  return `is ${text.length > MAX_SEEN_LENGTH ? `${text.slice(0, MAX_SEEN_LENGTH)}…` : text}`;
}
