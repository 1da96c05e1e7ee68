/** Finds all processes that a dyno started, even hidden ones: by process group, by environment, by parent. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** The processes of a dyno, or of a whole run, and their descendants; never this process. */
export class MarkedProcesses {
  /** The last result: a hidden process is found by its parent, which may have ended since. */
  #found: ReadonlySet<number> = new Set();

  /**
   * @param groups - the process groups that were started
   * @param env - `NAME=value`: a process that has all of these is found in any group
   */
  constructor(
    private readonly groups: ReadonlySet<number>,
    private readonly env: readonly string[],
  ) {}

  find(): readonly number[] {
    return this.#find().map(({ pid }) => pid);
  }

  /** Sends a signal once to each of them. */
  signal(signal: NodeJS.Signals): void {
    const found = this.#find();
    // Signal a group as a whole: none of its processes can fork in between.
    this.groups.forEach((group) => send(-group, signal));
    found.filter(({ group }) => !this.groups.has(group)).forEach(({ pid }) => send(pid, signal));
  }

  #find(): readonly Entry[] {
    const table = process.platform === 'linux' ? linuxTable() : psTable();
    const found = new Set<number>();
    for (const { pid, group, hasInEnv } of table) {
      const isMarked = this.env.length > 0 && this.env.every((entry) => hasInEnv(entry));
      if (isMarked || this.#found.has(pid) || this.groups.has(group)) {
        found.add(pid);
      }
    }
    // A child may come before its parent.
    for (let before = -1; before !== found.size;) {
      before = found.size;
      for (const { pid, parent } of table) {
        if (found.has(parent)) {
          found.add(pid);
        }
      }
    }
    found.delete(process.pid);
    this.#found = found;
    return table.filter(({ pid }) => found.has(pid));
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has already ended.
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
      // The program's name is in parentheses, and may contain parentheses.
      const [state, parent, group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie has ended.
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

/** @returns an empty text for another user's process, or one that has just ended */
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
