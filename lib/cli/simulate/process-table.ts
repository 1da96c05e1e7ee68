/** Finds every process that a dyno has started, whatever it did to hide: by process group, by environment, by parent. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** What all processes of a dyno, or of a whole run, have in common. */
export interface Mark {
  /** The process groups that were started. */
  readonly groups: ReadonlySet<number>;
  /** `NAME=value` of the environment, all of which a process must have; none: found by the groups alone. */
  readonly env: readonly string[];
}

/** The processes that bear the mark, and their descendants; never this one. Empty once all of them have ended. */
export function processesWith({ groups, env }: Mark): number[] {
  const table = process.platform === 'linux' ? linuxTable() : psTable();
  const found = new Set<number>();
  for (const { pid, group, hasInEnv } of table) {
    if (groups.has(group) || (env.length > 0 && env.every((entry) => hasInEnv(entry)))) {
      found.add(pid);
    }
  }
  // A child may stand before its parent.
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const { pid, parent } of table) {
      if (found.has(parent)) {
        found.add(pid);
      }
    }
  }
  found.delete(process.pid);
  return [...found];
}

/** Sends a signal to each of them that is still there. */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}

interface TableEntry extends Entry {
  readonly hasInEnv: (entry: string) => boolean;
}

function linuxTable(): TableEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = read(`/proc/${name}/stat`);
      // The name of the program stands in parentheses, and may contain some itself.
      const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // What has ended and was not waited for is no process any more.
      if (parent === undefined || group === undefined || state === 'Z' || state === 'X') {
        return [];
      }
      let env: string | undefined;
      return {
        pid: Number(name),
        parent: Number(parent),
        group: Number(group),
        hasInEnv: (entry) => (env ??= `\0${read(`/proc/${name}/environ`)}`).includes(`\0${entry}\0`),
      } satisfies TableEntry;
    });
}

/** Nothing for a process of another user, or one that has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function psTable(): TableEntry[] {
  const { stdout } = spawnSync('ps', ['-A', '-E', '-ww', '-o', 'pid=,ppid=,pgid=,state=,command='], {
    encoding: 'latin1',
    maxBuffer: 256 * 1024 * 1024,
  });
  return stdout.split('\n').flatMap((line) => {
    const [, pid, parent, group, state = '', command = ''] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state.startsWith('Z')) {
      return [];
    }
    return {
      pid: Number(pid),
      parent: Number(parent),
      group: Number(group),
      hasInEnv: (entry) => ` ${command} `.includes(` ${entry} `),
    } satisfies TableEntry;
  });
}
