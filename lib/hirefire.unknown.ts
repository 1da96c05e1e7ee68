/** Reads values of any type: errors and clients of other libraries, of any version, and parsed JSON. */

/** Adds listeners for its events. */
export interface Emitter {
  /** Adds a listener. */
  on(event: string, listener: (argument: unknown) => void): unknown;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function isArray(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** A property of an object; `undefined` for any other value. */
export function propertyOf(value: unknown, key: PropertyKey): unknown {
  return isObject(value) ? Reflect.get(value, key) : undefined;
}

/** A property that is a string; `undefined` for any other. */
export function stringOf(value: unknown, key: PropertyKey): string | undefined {
  const property = propertyOf(value, key);
  return typeof property === 'string' ? property : undefined;
}

/** The result, or `undefined` where reading throws: getters and Proxy traps of an app may. */
export function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export function hasMethod(value: unknown, name: string): boolean {
  return hasMembers(value, { [name]: 'function' });
}

/** NoInfer of TypeScript 5.4, for older ones: `T` comes from where the result is used, not from the argument. */
type NotInferred<T> = [T][T extends unknown ? 0 : never];

/** True if a value is an object whose members have these types, which make it one that is like `T`. */
export function hasMembers<T extends object = Record<string, unknown>>(
  value: unknown,
  types: Readonly<Partial<Record<keyof NotInferred<T>, 'boolean' | 'function' | 'object' | 'string'>>>,
): value is T {
  return isObject(value) && Object.entries(types).every(([name, type]) => typeof Reflect.get(value, name) === type);
}
