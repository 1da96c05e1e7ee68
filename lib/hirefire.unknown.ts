/** Reads values of any type: errors of other libraries, clients of the app, parsed JSON. */

/** A property of an object; `undefined` for any other value. */
export function propertyOf(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** A property that is a string; `undefined` for any other. */
export function stringOf(value: unknown, key: PropertyKey): string | undefined {
  const property = propertyOf(value, key);
  return typeof property === 'string' ? property : undefined;
}

export function hasMethod(value: unknown, name: PropertyKey): boolean {
  return typeof propertyOf(value, name) === 'function';
}

export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
