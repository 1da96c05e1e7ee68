/** Builds the library and the sample, where what is there is older than its sources. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Processes } from './processes.js';

interface Build {
  readonly name: string;
  readonly npmArguments: readonly string[];
  readonly sources: string;
  /** Files beside the sources that the outcome depends on. */
  readonly settings: readonly string[];
  readonly outputs: readonly string[];
}

const BUILDS: readonly Build[] = [
  {
    name: 'the library',
    npmArguments: ['run', 'build'],
    sources: 'lib',
    settings: ['nest-cli.json', 'tsconfig.json', 'tsconfig.esm.json', 'tsconfig.cjs.json', 'tools/build.ts'],
    outputs: ['dist/esm', 'dist/cjs'],
  },
  {
    name: 'sample/bull',
    npmArguments: ['run', 'build', '-w', 'sample/bull'],
    sources: 'sample/bull/src',
    settings: ['sample/bull/nest-cli.json', 'sample/bull/tsconfig.json'],
    outputs: ['sample/bull/dist'],
  },
];

/** @param onBuild - told of each build that is needed */
export async function buildWhatIsOld(
  root: string,
  processes: Processes,
  onBuild: (name: string) => void,
): Promise<void> {
  for (const build of BUILDS) {
    if (await isUpToDate(root, build)) {
      continue;
    }
    onBuild(build.name);
    const running = processes.start('npm', build.npmArguments, { cwd: root, env: process.env });
    const how = await running.ended;
    if (!running.succeeded) {
      throw new Error(`${build.name} could not be built (${how}):\n${running.output.join('\n')}`);
    }
  }
}

/** Every source has its output, in each place, and none of them is older than any source. */
async function isUpToDate(root: string, { sources, settings, outputs }: Build): Promise<boolean> {
  const entries = await readdir(join(root, sources), { recursive: true });
  const modules = entries.filter((path) => path.endsWith('.ts'));
  const changed = await Promise.all([...modules.map((path) => join(sources, path)), ...settings].map(timeOf));
  const built = await Promise.all(
    outputs.flatMap((folder) => modules.map((path) => timeOf(join(folder, path.replace(/\.ts$/, '.js'))))),
  );
  return Math.min(...built) >= Math.max(...changed);

  async function timeOf(path: string): Promise<number> {
    const file = await stat(join(root, path)).catch(() => undefined);
    return file?.mtimeMs ?? 0;
  }
}
