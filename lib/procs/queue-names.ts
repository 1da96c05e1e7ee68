import { refuseUnknown } from '../hirefire.check.js';
import { HireFireConfigError } from '../hirefire.errors.js';
import { typeOf } from './failure-message.js';

/** Separates the options of a proc, which may precede the names of its queues, from these names, and refuses unknown ones. */
export function optionsAndNames<Options extends object>(
  className: string,
  known: readonly (keyof Options & string)[],
  args: readonly (Options | string | null)[],
): readonly [options: Partial<Options>, names: readonly unknown[]] {
  const [first, ...rest] = args;
  if (typeof first !== 'object' || first === null || Array.isArray(first)) {
    return [{}, args];
  }
  refuseUnknown(className, known, first);
  return [first, rest];
}

/**
 * Checks the names of a proc's queues.
 *
 * @param example - arguments of super(), such as `redis, 'default'`
 */
export function checkedNames(className: string, names: readonly unknown[], example: string): readonly string[] {
  if (names.length === 0) {
    throw new HireFireConfigError(`${className} has no queue: name at least one, as in super(${example}).`);
  }
  return names.map((name, index) => {
    if (typeof name !== 'string' || name === '') {
      throw new HireFireConfigError(
        `${className}: the name of queue ${index + 1} of ${names.length} must be a text, as in super(${example}), but it is ` +
          `${name === '' ? 'empty' : typeOf(name)}.`,
      );
    }
    return name;
  });
}
