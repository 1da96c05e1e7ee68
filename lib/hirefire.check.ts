import { inspect } from 'node:util';
import { HireFireConfigError } from './hirefire.errors.js';

/**
 * What one option may be: gives its value, or throws what is wrong, to continue `<Subject>: the option "<name>" `. Values are
 * unknown, because JavaScript and untyped configuration hand over anything.
 */
export type Check<T> = (given: unknown) => T;

type Values<Checks> = { readonly [Name in keyof Checks]: Checks[Name] extends Check<infer T> ? T : never };

/** The part of a message behind the name of the option. */
class Refused extends Error {}

/** Checks every option of a table, and nothing else. */
export function checked<const Checks extends Readonly<Record<string, Check<unknown>>>>(
  checks: Checks,
  given: object,
  subjectOf: (name: string) => string,
): Values<Checks> {
  const entries = Object.entries(checks).map(([name, check]) => {
    try {
      return [name, check((given as Record<string, unknown>)[name])] as const;
    } catch (error) {
      throw error instanceof Refused ? new HireFireConfigError(`${subjectOf(name)} ${error.message}`) : error;
    }
  });
  return Object.fromEntries(entries) as Values<Checks>;
}

export function refuse(must: string, given: unknown): never {
  throw new Refused(`must be ${must}, but it is ${shown(given)}.`);
}

/** Refused without its value, which may be a secret. */
export function refuseSilently(message: string): never {
  throw new Refused(message);
}

export function bool(byDefault: boolean): Check<boolean> {
  return (given = byDefault) => (typeof given === 'boolean' ? given : refuse('true or false', given));
}

export function oneOf<const T extends string>(first: T, ...others: readonly T[]): Check<T> {
  const values: readonly T[] = [first, ...others];
  return (given = first) =>
    values.find((value) => value === given) ?? refuse(values.map((value) => `'${value}'`).join(' or '), given);
}

export function numberAboveZero(what: string, most: number, byDefault: number): Check<number> {
  return (given = byDefault) =>
    typeof given === 'number' && given > 0 && given <= most
      ? given
      : refuse(`a number${what} above 0 and at most ${most}`, given);
}

/** A value in an error about how the app is set up, on one line. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 100 });
}
