import { buildSync } from 'esbuild';
import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

const FOLDER = resolve('node_modules/.cache/nestjs-hirefire');

/** Those of this spec. */
const BUILT = new Set<string>();

/**
 * Bundles a script of the tests, without its packages, for Node to run as it is: through tsx, which loads every module of
 * every package, a process with Nest costs three times as much processor time.
 *
 * @param folder - where it finds its packages
 * @returns its path
 */
export function builtScript(path: string, folder = FOLDER): string {
  const built = join(folder, basename(path).replace(/ts$/, 'mjs'));
  if (!BUILT.has(built)) {
    build(path, folder, built);
    BUILT.add(built);
  }
  return built;
}

function build(path: string, folder: string, built: string): void {
  const { outputFiles } = buildSync({
    entryPoints: [path],
    write: false,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  });
  mkdirSync(folder, { recursive: true });
  // Files that run at the same time may build the same script.
  const unfinished = `${built}.${randomUUID()}`;
  writeFileSync(unfinished, outputFiles[0]?.contents ?? '');
  renameSync(unfinished, built);
}
