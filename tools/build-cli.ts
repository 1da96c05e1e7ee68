/**
 * Bundles the command line into dist/cli/main.js, with the guard of its dynos beside it, and writes the licences of what went
 * into it.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';

const LICENSES = 'THIRD-PARTY-LICENSES';

export async function buildCli(): Promise<void> {
  writeFileSync(
    LICENSES,
    packagesOf(await bundleCli('dist/cli'))
      .map(licenseOf)
      .join('\n'),
  );
}

/** @returns what went into it */
export async function bundleCli(outdir: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: { main: 'lib/cli/main.ts', guard: 'lib/cli/simulate/guard.ts' },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // What is CommonJS in the bundle requires what Node brings.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
  chmodSync(join(outdir, 'main.js'), 0o755);
  return metafile;
}

/** The folders of the packages that are in the bundle. */
function packagesOf({ outputs }: Metafile): string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(folders)].sort();
}

/** @throws Error for a package that brings no licence, which must not be shipped */
function licenseOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (license === undefined || file === undefined || !existsSync(join(folder, file))) {
    throw new Error(`${folder} has no licence, so it can't be part of the command line`);
  }
  return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n\n---\n`;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}
