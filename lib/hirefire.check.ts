import { inspect } from 'node:util';
import { HireFireConfigError } from './hirefire.errors.js';
import { propertyOf } from './hirefire.unknown.js';

/**
 * Returns the value of one option, or refuses it. Takes unknown, because JavaScript and untyped configuration can pass
 * anything.
 */
export type Check<T> = (given: unknown) => T;

type Values<Checks> = { readonly [Name in keyof Checks]: Checks[Name] extends Check<infer T> ? T : never };

/** The end of the message `<owner>: the option "<name>" ...`. */
class Refused extends Error {}

/**
 * Checks the options in a table, and refuses any other.
 *
 * @param subject - the class that takes the options, and the option that holds these, if they are nested
 * @throws HireFireConfigError
 */
export function checked<Checks extends Readonly<Record<string, Check<unknown>>>>(
  checks: Checks,
  given: object,
  { owner, within, procName }: { readonly owner: string; readonly within?: string; readonly procName?: string },
): Values<Checks> {
  const nesting = within === undefined ? '' : ` of "${within}"`;
  refuseUnknown(owner, Object.keys(checks), given, nesting, procName);
  const entries = Object.entries(checks).map(([name, check]) => {
    try {
      return [name, check(propertyOf(given, name))] as const;
    } catch (error) {
      if (error instanceof Refused) {
        throw new HireFireConfigError(`${owner}: the option "${name}"${nesting} ${error.message}`, procName);
      }
      throw error;
    }
  });
  return Object.fromEntries(entries) as Values<Checks>;
}

/** @throws HireFireConfigError for an option that is not among `known` */
export function refuseUnknown(
  owner: string,
  known: readonly string[],
  given: object,
  nesting = '',
  procName?: string,
): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new HireFireConfigError(
      `${owner}: there is no option "${unknown}"${nesting}, only ${known.join(', ')}. Remove it or correct its name.`,
      procName,
    );
  }
}

export function refuse(must: string, given: unknown): never {
  throw new Refused(`must be ${must}, but it is ${shown(given)}.`);
}

/** Refuses a value without showing it, because it may be secret. */
export function refuseSilently(message: string): never {
  throw new Refused(message);
}

export function bool(byDefault: boolean): Check<boolean> {
  return (given = byDefault) => (typeof given === 'boolean' ? given : refuse('true or false', given));
}

export function oneOf<T extends string>(first: T, ...others: readonly T[]): Check<T> {
  const values: readonly T[] = [first, ...others];
  return (given = first) =>
    values.find((value) => value === given) ?? refuse(values.map((value) => `'${value}'`).join(' or '), given);
}

export function numberAboveZero(unit: string, max: number, byDefault: number): Check<number> {
  return (given = byDefault) =>
    typeof given === 'number' && given > 0 && given <= max
      ? given
      : refuse(`a number of ${unit} above 0 and at most ${max}`, given);
}

/** A URL with http: or https:, else `undefined`. */
export function httpUrl(value: unknown): URL | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined;
}

/** A value for an error message, on one line. */
export function shown(value: unknown): string {
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 100 });
}
