/** Reads a Procfile as Heroku does: process names and their commands. */
import { PROC_NAME_PATTERN } from '../../lib/hirefire.protocol.js';
import { UsageError } from './errors.js';

/** Heroku runs this process once per deploy, not as a dyno of the formation. */
export const RELEASE = 'release';

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
    const [, name, command] =
      /^\s*([^\s:]+)\s*:\s*(.*?)\s*$/.exec(line) ?? fail(`"${line}" is not "<process>: <command>"`);
    if (name === undefined || !PROC_NAME_PATTERN.test(name)) {
      return fail(`"${name ?? ''}" can't name a process: a letter first, then letters, digits, - and _, at most 63`);
    }
    if (command === undefined || command === '') {
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
