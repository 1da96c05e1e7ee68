/** Reads a Procfile as Heroku does: process names and their commands. */
import { PROC_NAME_PATTERN } from '../../lib/hirefire.protocol.js';
import { UsageError } from './errors.js';
import { excerpt } from './untrusted.js';

/** True if a process runs once per deploy, on Heroku or Scalingo, and so is no dyno of the formation. */
export function isRunPerDeploy(name: string): boolean {
  return name === 'release' || name === 'postdeploy';
}

/** Process name to command, in the order of the file. */
export type Procfile = ReadonlyMap<string, string>;

/**
 * @param file - its name in errors
 * @throws UsageError that names the line
 */
export function parseProcfile(text: string, file = 'Procfile'): Procfile {
  const processes = new Map<string, string>();
  const lineOf = new Map<string, number>();
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    if (/^\s*(?:#|$)/.test(line)) {
      continue;
    }
    const fail = (problem: string): never => {
      throw new UsageError(`${file}, line ${index + 1}: ${problem}`);
    };
    const colon = line.indexOf(':');
    const [name, command] = [line.slice(0, Math.max(colon, 0)).trim(), line.slice(colon + 1).trim()];
    if (name === '' || /\s/.test(name)) {
      return fail(`"${excerpt(line)}" is not "<process>: <command>"`);
    }
    if (!PROC_NAME_PATTERN.test(name)) {
      return fail(`"${excerpt(name)}" can't name a process: a letter first, then letters, digits, - and _, at most 63`);
    }
    if (command === '') {
      return fail(`the process "${name}" has no command: write one after the colon`);
    }
    if (processes.has(name)) {
      return fail(`the process "${name}" is already on line ${lineOf.get(name) ?? 0}: remove one of them`);
    }
    processes.set(name, command);
    lineOf.set(name, index + 1);
  }
  if (processes.size === 0) {
    throw new UsageError(`${file}, line 1: no process in it: add lines such as "worker: node dist/worker.js"`);
  }
  return processes;
}
