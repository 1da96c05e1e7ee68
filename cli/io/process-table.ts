/** The processes of this machine. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** True if its environment has this `NAME=value`. */
  readonly hasInEnv: (entry: string) => boolean;
}

export function processTable(): readonly ProcessEntry[] {
  return process.platform === 'linux' ? linuxTable() : psTable();
}

function linuxTable(): ProcessEntry[] {
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
      } satisfies ProcessEntry;
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

function psTable(): ProcessEntry[] {
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
    } satisfies ProcessEntry;
  });
}
