/** Installs Debian packages where this user may: the servers that tests and demos need. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Does nothing without apt-get, or where this user may not install. */
export function installWithApt(...debianPackages: readonly string[]): void {
  if (!canRun('apt-get', '--version') || (!isRoot() && !canRun('sudo', '-n', 'true'))) {
    return;
  }
  process.stderr.write(`Installing ${debianPackages.join(' ')} with apt-get ...\n`);
  // In this run level a package does not start its server: tests and demos start theirs.
  const aptGet = [
    // apt-get fails while another one runs, so test files wait for each other.
    ...['flock', join(tmpdir(), 'nestjs-hirefire-apt-get.lock')],
    ...(isRoot() ? [] : ['sudo', '-n']),
    ...['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-y', '-qq'],
  ];
  canRun(...aptGet, 'update');
  canRun(...aptGet, 'install', '--no-install-recommends', ...debianPackages);
}

/** True if a command exists and succeeds. */
export function canRun(...[command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
