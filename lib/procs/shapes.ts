/** Type guards for objects of the app, whatever library and version made them. */

export interface Emitter {
  on(event: string, listener: (argument: unknown) => void): unknown;
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Whether a value is an object whose members are of these types. */
export function hasMembers(
  value: unknown,
  types: Readonly<Record<string, 'boolean' | 'function' | 'object' | 'string'>>,
): value is object {
  return isObject(value) && Object.entries(types).every(([name, type]) => typeof Reflect.get(value, name) === type);
}
