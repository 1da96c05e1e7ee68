/** On what, and beside what, a benchmark ran. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly memory: string;
  readonly system: string;
  readonly node: string;
}

export function machine(): Machine {
  return {
    processor: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: [distribution(), `${type()} ${release()}`].filter(Boolean).join(', '),
    node: process.version,
  };
}

/** How many processes ran or wanted to in the last minute; above the number of cores they were in each other's way. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  } catch {
    // Only Linux has that file.
    return '';
  }
}
