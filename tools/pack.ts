/**
 * Runs a command with PACKAGE_TARBALL set to this package as npm would publish it, alone in a folder removed after it. `npm pack`
 * builds it first.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from './run-command.js';

// The real path, because TypeScript and Node report real paths.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nestjs-hirefire-package-')));
try {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [tarball] = readdirSync(folder);
  if (tarball === undefined) {
    throw new Error('npm packed nothing');
  }
  await runCommand(process.argv.slice(2), { PACKAGE_TARBALL: join(folder, tarball) });
} finally {
  // Again, because what the command started may still be writing when it was interrupted.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
