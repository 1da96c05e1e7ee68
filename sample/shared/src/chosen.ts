/**
 * Which of several things a process is started for, by its name on the command line.
 *
 * @throws Error that tells the names, for any other
 */
export function chosen<T>(choices: Readonly<Record<string, T>>, name = ''): T {
  const found = new Map(Object.entries(choices)).get(name);
  if (found === undefined) {
    throw new Error(`Give one of ${Object.keys(choices).join(', ')}, not "${name}".`);
  }
  return found;
}
