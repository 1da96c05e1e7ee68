/** Builds the library and a sample if they are older than their sources. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Commands } from './commands.js';

/** @param onBuild - called before each build that is needed */
export async function buildWhatIsOld(
  root: string,
  sample: string,
  commands: Commands,
  onBuild: (name: string) => void,
): Promise<void> {
  const builds = [
    // The last file that the build writes.
    { name: 'the library', args: ['run', 'build'], sources: ['lib', 'cli', 'tools'], output: 'dist/cli/page.html' },
    { name: sample, args: ['run', 'build', '-w', sample], sources: [`${sample}/src`], output: `${sample}/dist/web.js` },
  ];
  for (const { name, args, sources, output } of builds) {
    const changed = await Promise.all(sources.map((folder) => newestBelow(join(root, folder))));
    const built = await stat(join(root, output)).catch(() => undefined);
    if ((built?.mtimeMs ?? 0) < Math.max(...changed)) {
      onBuild(name);
      await commands.run('npm', args, { cwd: root, env: process.env, isShown: false });
    }
  }
}

async function newestBelow(folder: string): Promise<number> {
  const paths = await readdir(folder, { recursive: true });
  const files = await Promise.all(paths.map((path) => stat(join(folder, path))));
  return Math.max(...files.map(({ mtimeMs }) => mtimeMs));
}
