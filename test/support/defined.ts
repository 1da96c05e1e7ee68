/** For what a hook sets before any test looks at it. */
export function defined<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new Error('this is not set yet');
  }
  return value;
}
