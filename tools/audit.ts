/** Asks the registry for known vulnerabilities: of any severity in what is bundled, from high on in what builds and tests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleCli, packagesOf } from './build-cli.js';

/** The part of `npm audit --json` that is read. An element of `via` is an advisory, or the name of a package that has one. */
export interface Audit {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  /** Why the registry did not answer. */
  readonly message?: string;
}

interface Vulnerability {
  readonly severity: string;
  readonly via: readonly (string | { readonly title: string; readonly url: string; readonly severity: string })[];
  readonly nodes: readonly string[];
}

const SERIOUS = ['high', 'critical'];
/** The older majors of Nest, on which this package is tested; each app chooses its own. */
const OLDER_NEST = /^test\/nest-\d+\//;

/**
 * @param bundled - the folders of the packages that the command line contains
 * @returns a line per advisory that matters
 * @throws Error if the registry did not answer
 */
export function findingsOf({ vulnerabilities, message }: Audit, bundled: readonly string[]): string[] {
  if (vulnerabilities === undefined) {
    throw new Error(`the registry answered no audit: ${message ?? 'its answer is no report'}`);
  }
  return Object.entries(vulnerabilities).flatMap(([name, { via, nodes }]) => {
    const isShipped = nodes.some((folder) => bundled.includes(folder));
    const isHere = nodes.some((folder) => !OLDER_NEST.test(folder));
    return via
      .filter((one) => typeof one !== 'string')
      .filter(({ severity }) => isShipped || (isHere && SERIOUS.includes(severity)))
      .map(({ severity, title, url }) => `${name} (${severity}${isShipped ? ', bundled' : ''}): ${title} ${url}`);
  });
}

async function bundledPackages(): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-hirefire-audit-'));
  try {
    return packagesOf(await bundleCli(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  const findings = findingsOf(JSON.parse(stdout) as Audit, await bundledPackages());
  process.stderr.write(findings.map((finding) => `${finding}\n`).join(''));
  process.exitCode = findings.length === 0 ? 0 : 1;
}
