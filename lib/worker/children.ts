import { isObject, propertyOf } from '../hirefire.unknown.js';

/** Kills the processes and threads of sandboxed processors: the pools of Bull and BullMQ are alike, and wait 30 s for a child. */
export function killChildren(pool: unknown): void {
  const kill = propertyOf(pool, 'kill');
  if (typeof kill !== 'function') {
    return;
  }
  for (const child of [...membersOf(pool, 'retained'), ...membersOf(pool, 'free').flat()]) {
    const killed: unknown = Reflect.apply(kill, pool, [child, 'SIGKILL']);
    if (killed instanceof Promise) {
      killed.catch(() => undefined);
    }
  }
}

function membersOf(pool: unknown, name: string): readonly unknown[] {
  const value = propertyOf(pool, name);
  return isObject(value) ? Object.values(value) : [];
}
