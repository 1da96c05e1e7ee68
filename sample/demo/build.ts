/** Builds the library and a sample, where what is there is older than its sources. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Backend } from './options.js';
import type { Processes } from './processes.js';

interface Build {
  readonly name: string;
  readonly npmArguments: readonly string[];
  readonly sources: string;
  /** Files beside the sources that the outcome depends on. */
  readonly settings: readonly string[];
  readonly outputs: readonly string[];
}

const buildsFor = (backend: Backend): readonly Build[] => [
  {
    name: 'the library',
    npmArguments: ['run', 'build'],
    sources: 'lib',
    settings: ['nest-cli.json', 'tsconfig.json', 'tsconfig.esm.json', 'tsconfig.cjs.json', 'tools/build.ts'],
    outputs: ['dist/esm', 'dist/cjs'],
  },
  sample(`sample/${backend}`, ['nest-cli.json', 'tsconfig.json']),
];

function sample(folder: string, settings: readonly string[]): Build {
  return {
    name: folder,
    npmArguments: ['run', 'build', '-w', folder],
    sources: `${folder}/src`,
    settings: settings.map((name) => `${folder}/${name}`),
    outputs: [`${folder}/dist`],
  };
}

/** @param onBuild - told of each build that is needed */
export async function buildWhatIsOld(
  root: string,
  backend: Backend,
  processes: Processes,
  onBuild: (name: string) => void,
): Promise<void> {
  for (const build of buildsFor(backend)) {
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
