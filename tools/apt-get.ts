/** What Debian packages, installed where this user may: for the servers that tests and demos need. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Installs packages where apt-get is to be had and this user may; otherwise does nothing. */
export function installWithApt(...debianPackages: readonly string[]): void {
  if (!canRun('apt-get', '--version') || (!isRoot() && !canRun('sudo', '-n', 'true'))) {
    return;
  }
  process.stderr.write(`Installing ${debianPackages.join(' ')} with apt-get ...\n`);
  // With this run level a package does not start a server of the machine's own; ours are started by us.
  const aptGet = [
    // apt-get fails where another one is under way; test files that run side by side wait for each other.
    ...['flock', join(tmpdir(), 'nestjs-hirefire-apt-get.lock')],
    ...(isRoot() ? [] : ['sudo', '-n']),
    ...['env', 'DEBIAN_FRONTEND=noninteractive', 'RUNLEVEL=1', 'apt-get', '-y', '-qq'],
  ];
  canRun(...aptGet, 'update');
  canRun(...aptGet, 'install', '--no-install-recommends', ...debianPackages);
}

/** Runs a command, and tells whether it was there and succeeded. */
export function canRun(...[command = '', ...args]: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
