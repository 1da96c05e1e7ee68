/** The page that a command's help leads on to, in the package that the command was started from. */
import { isAbsolute, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @param page - the name of a page in docs/, without its ending */
export function readOn(page: string): string {
  // As far from dist/cli/main.js as from here.
  const path = fileURLToPath(new URL(`../../docs/${page}.md`, import.meta.url));
  const nearby = relative(process.cwd(), path);
  return `\nRead on: ${nearby.startsWith('..') || isAbsolute(nearby) ? path : nearby}`;
}
