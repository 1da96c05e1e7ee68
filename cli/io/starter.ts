/** Notices when the process that started this one has ended: a shell, a script, or npx. */
import { codeOf } from './errors.js';
import { processTable } from './process-table.js';

const LOOK_MS = 1000;

/**
 * The parent may be a shell that npx started and that outlives it, so further ancestors count too if they are in this
 * process group.
 *
 * @param gone - called once
 */
export function onStarterGone(gone: () => void): void {
  const parent = process.ppid;
  const inGroup = ancestorsInGroup();
  const timer = setInterval(() => {
    if (process.ppid !== parent || !inGroup.every(isThere)) {
      clearInterval(timer);
      gone();
    }
  }, LOOK_MS).unref();
}

let ancestors: readonly number[] | undefined;

/** Those that there were at the first call. A Ctrl-C in the terminal reaches them too. */
export function ancestorsInGroup(): readonly number[] {
  return (ancestors ??= findAncestors());
}

function findAncestors(): readonly number[] {
  const entries = new Map(processTable().map((entry) => [entry.pid, entry]));
  const own = entries.get(process.pid);
  const found: number[] = [];
  let one = own && entries.get(own.parent);
  while (one !== undefined && one.group === own?.group) {
    found.push(one.pid);
    one = entries.get(one.parent);
  }
  return found;
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
