/** Finds all processes that a dyno started, even hidden ones: by process group, by environment, by parent. */
import { processTable, type ProcessEntry } from '../io/process-table.js';

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
    this.groups.forEach((group) => signalTo(-group, signal));
    found.filter(({ group }) => !this.groups.has(group)).forEach(({ pid }) => signalTo(pid, signal));
  }

  #find(): readonly ProcessEntry[] {
    const table = processTable();
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

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has already ended.
  }
}
