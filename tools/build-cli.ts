/**
 * Bundles the command line into dist/cli/main.js, with the guard of its dynos, the threads of plan and its page, and writes the licences of the
 * bundled packages.
 */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { buildPage } from './build-page.js';

const LICENSES = 'THIRD-PARTY-LICENSES';

export async function buildCli(): Promise<void> {
  const bundles = await bundleCli('dist/cli');
  writeFileSync(LICENSES, packagesOf(bundles).map(licenseOf).join('\n'));
}

/** @returns the contents of the bundles */
export async function bundleCli(outdir: string): Promise<readonly Metafile[]> {
  const { metafile } = await build({
    entryPoints: { main: 'cli/main.ts', guard: 'cli/heroku/guard.ts', 'replay-worker': 'cli/plan/replay-worker.ts' },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    // Bundled CommonJS modules require() Node's own.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  });
  chmodSync(join(outdir, 'main.js'), 0o755);
  return [metafile, await buildPage(join(outdir, 'page.html'))];
}

/** The folders of the packages that are in the bundles. */
export function packagesOf(bundles: readonly Metafile[]): string[] {
  const outputs = bundles.flatMap((bundle) => Object.values(bundle.outputs));
  const files = outputs.flatMap(({ inputs }) => Object.keys(inputs));
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  return [...new Set(folders)].sort();
}

/** @throws Error for a package without a licence, which must not be shipped */
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
