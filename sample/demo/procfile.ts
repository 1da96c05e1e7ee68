/** Process types and their commands, as Heroku reads them from a Procfile. */
export type Procfile = ReadonlyMap<string, string>;

/** @throws Error that names the line which is no `<process type>: <command>` */
export function parseProcfile(text: string): Procfile {
  const processes = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) {
      continue;
    }
    const [, type, command] = /^([A-Za-z][\w-]*)\s*:\s*(\S.*?)\s*$/.exec(line) ?? [];
    if (type === undefined || command === undefined) {
      throw new Error(`Procfile, line ${index + 1}: "${line}" is not "<process type>: <command>"`);
    }
    if (processes.has(type)) {
      throw new Error(`Procfile, line ${index + 1}: there are two processes "${type}"`);
    }
    processes.set(type, command);
  }
  return processes;
}
