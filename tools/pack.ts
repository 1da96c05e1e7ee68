/** Runs a command with PACKAGE_TARBALL set to this package as npm would publish it, alone in a folder removed after it. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  throw new Error('Usage: pack <command> [arguments]');
}

// The command gets Ctrl-C too; this process outlives it, to remove the folder.
process.on('SIGINT', () => undefined);

// The real path, because TypeScript and Node report real paths.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nestjs-hirefire-package-')));
try {
  execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [tarball] = readdirSync(folder);
  if (tarball === undefined) {
    throw new Error('npm packed nothing');
  }
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, PACKAGE_TARBALL: join(folder, tarball) },
  });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code] = (await once(child, 'exit')) as unknown[];
  process.exitCode = typeof code === 'number' ? code : 1;
} finally {
  // Again, because what the command started may still be writing when it was interrupted.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
