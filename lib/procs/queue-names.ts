import { HireFireConfigError } from '../hirefire.errors.js';
import { kindOf } from './failure-message.js';

/**
 * The options of a proc, which may stand before the names of its queues, and these names.
 *
 * @throws HireFireConfigError for an option that is none of `known`
 */
export function optionsAndNames<Options extends object>(
  className: string,
  known: readonly (keyof Options & string)[],
  args: readonly (Options | string)[],
): readonly [options: Partial<Options>, names: readonly unknown[]] {
  const [first, ...rest] = args;
  if (typeof first !== 'object' || (first as unknown) === null || Array.isArray(first)) {
    return [{}, args];
  }
  for (const name of Object.keys(first)) {
    if (!known.some((option) => option === name)) {
      throw new HireFireConfigError(`${className}: there is no option "${name}", only ${known.join(', ')}.`);
    }
  }
  return [first, rest];
}

/**
 * @param example - what is handed to super(), as in `redis, 'default'`
 * @throws HireFireConfigError where there is none, or one of them is no name
 */
export function checkedNames(className: string, names: readonly unknown[], example: string): readonly string[] {
  if (names.length === 0) {
    throw new HireFireConfigError(`${className} has no queue: name at least one, as in super(${example}).`);
  }
  return names.map((name, index) => {
    if (typeof name !== 'string' || name === '') {
      throw new HireFireConfigError(
        `${className}: the name of queue ${index + 1} of ${names.length} must be a text, as in super(${example}), but it is ` +
          `${name === '' ? 'empty' : kindOf(name)}.`,
      );
    }
    return name;
  });
}
